/** Every click and hover on the page's links and buttons, without a line of code at each. */
import { useEffect } from 'react'
import { useTracker } from './provider.ts'

export interface EventTrackerProps {
  /** Count clicks on links and buttons; yes when absent. */
  readonly clicks?: boolean | undefined
  /** Count a pointer that rests on one for half a second; yes when absent. */
  readonly hovers?: boolean | undefined
}

const INTERACTIVE = 'a[href], button, summary, [role=button], input[type=submit], [data-track]'
const REST_MS = 500
const MAX_NAME = 64

/** The element a pointer means. */
const meantBy = ({ target }: Event) => (target instanceof Element ? target.closest(INTERACTIVE) : null)

/** What an element is called: never what somebody typed into it. */
function describe(element: Element) {
  const name = ['data-track', 'id', 'name', 'aria-label']
    .map((attribute) => element.getAttribute(attribute))
    .find(Boolean)
  return { element: (name ?? element.textContent ?? '').trim().slice(0, MAX_NAME), tag: element.localName }
}

/** Renders nothing; counts `click` and `hover` while it is mounted, with the element's name as `element`. */
export function EventTracker({ clicks = true, hovers = true }: EventTrackerProps): null {
  const tracker = useTracker()
  useEffect(() => {
    const controller = new AbortController()
    const options = { capture: true, signal: controller.signal }
    let timer: ReturnType<typeof setTimeout> | undefined
    let rested: Element | null = null
    const onClick = (event: Event) => {
      const element = meantBy(event)
      if (element) tracker.emit('click', describe(element))
    }
    const onOver = (event: PointerEvent) => {
      const element = event.pointerType === 'touch' ? null : meantBy(event)
      if (element === rested) return
      clearTimeout(timer)
      rested = element
      if (element) timer = setTimeout(() => tracker.emit('hover', describe(element)), REST_MS)
    }
    if (clicks) document.addEventListener('click', onClick, options)
    if (hovers) document.addEventListener('pointerover', onOver, options)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [tracker, clicks, hovers])
  return null
}
