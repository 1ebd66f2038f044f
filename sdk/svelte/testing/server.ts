/** Renders the application as a server does: there is no window. */
import { render } from 'svelte/server'
import App from './App.svelte'

console.log((await render(App, { props: { src: 'http://edge.test/rtpx.js' } })).body)
