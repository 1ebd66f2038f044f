/** What can be told of an element: a click, a pointer that rests on it, a form that is submitted. */
import type { EventFields, EventType } from '../tracker/fields.ts'

/** What happens to an element. */
export type Action = 'click' | 'hover' | 'submit'

/** The fields of an event; `event_type` where it is another than the action's own. */
export type Told = EventFields & { event_type?: EventType }

/** Passing over an element is no hover: the pointer rests so long. */
const REST_MS = 500

const TYPES: Readonly<Record<Action, EventType>> = { click: 'click', hover: 'hover', submit: 'form_submit' }

/** The arguments of `emit` for an action. */
export function eventOf(action: Action, told: Told | undefined): [type: EventType, fields: EventFields] {
  const { event_type: type = TYPES[action], ...fields } = told ?? {}
  return [type, fields]
}

/** Calls `run` each time the action happens. @returns how to stop */
export function watch(element: Element, action: Action, run: () => void): () => void {
  const controller = new AbortController()
  const { signal } = controller
  let timer: ReturnType<typeof setTimeout> | undefined
  const rest = () => clearTimeout(timer)
  if (action === 'hover') {
    const enter = (event: Event) => {
      rest()
      if ((event as PointerEvent).pointerType !== 'touch') timer = setTimeout(run, REST_MS)
    }
    element.addEventListener('pointerenter', enter, { signal })
    element.addEventListener('pointerleave', rest, { signal })
  } else {
    // While it goes down to the element: what the page stops there counts too.
    element.addEventListener(action, run, { capture: true, signal })
  }
  return () => {
    rest()
    controller.abort()
  }
}
