/** Takes over what the server rendered. */
import { hydrate } from 'svelte'
import App from './App.svelte'

const target = document.querySelector<HTMLElement>('#root')
if (target) hydrate(App, { target, props: { src: target.dataset.src ?? '' } })
