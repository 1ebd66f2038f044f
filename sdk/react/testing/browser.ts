/** Takes over what the server rendered. */
import { hydrateRoot } from 'react-dom/client'
import { app } from './app.ts'

const root = document.querySelector<HTMLElement>('#root')
if (root) hydrateRoot(root, app(root.dataset.src ?? '', 'p1'))
