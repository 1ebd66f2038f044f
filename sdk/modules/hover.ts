/**
 * `rtpx-hover.js`: a pointer that rests on an element with `data-rtpx-hover="NAME"` counts as `hover`, with NAME as
 * `element` and the element's other `data-rtpx-*` attributes as fields.
 *
 * - Half a second is a rest; passing over is none. Fingers do not hover.
 * - One rest counts once, however the pointer moves inside the element.
 */
import { guard } from '../tracker/safe.ts'
import { startModule } from './module.ts'

const REST_MS = 500

startModule('hover', (emit) => {
  let current: HTMLElement | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const enter = (element: HTMLElement | undefined) => {
    if (element === current) return
    clearTimeout(timer)
    current = element
    if (!element) return
    timer = setTimeout(
      guard(() => {
        const fields: Record<string, string> = {}
        for (const { name, value } of element.attributes)
          if (/^data-rtpx-(?!event$)/.test(name)) fields[name.slice(10).replace(/-/g, '_')] = value
        const { hover, ...others } = fields
        emit('hover', { ...others, element: hover })
      }),
      REST_MS,
    )
  }
  addEventListener(
    'pointerover',
    guard((event: PointerEvent) => {
      const path = event.composedPath() as HTMLElement[]
      enter(event.pointerType === 'touch' ? undefined : path.find((element) => element.dataset?.rtpxHover))
    }),
    true,
  )
  document.documentElement.addEventListener('pointerleave', () => enter(undefined))
})
