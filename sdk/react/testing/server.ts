/** Renders the application as a server does: there is no window. */
import { renderToString } from 'react-dom/server'
import { app } from './app.ts'

console.log(renderToString(app('http://edge.test/rtpx.js', 'p1')))
