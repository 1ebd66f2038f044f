/** The page's keys, the same that its menus show. */
import { PRESETS } from './presets.ts'

export type KeyAction =
  | { readonly kind: 'preset'; readonly key: string }
  | { readonly kind: 'step'; readonly direction: -1 | 1 }
  | { readonly kind: 'custom' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'compare' }

/** The parts of a KeyboardEvent that decide. */
export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly defaultPrevented: boolean
}

/**
 * What a key does, if anything: never with a modifier (those are the browser's) and never while typing.
 * @param taken the keys that mean something where the focus is
 */
export function actionOf(press: KeyPress, taken: TakenKeys): KeyAction | undefined {
  if (taken === 'all' || press.defaultPrevented || press.ctrlKey || press.metaKey || press.altKey)
    return undefined
  if (taken === 'arrows' && press.key.startsWith('Arrow')) return undefined
  if (press.key === 'ArrowLeft') return { kind: 'step', direction: -1 }
  if (press.key === 'ArrowRight') return { kind: 'step', direction: 1 }
  if (press.key === 'Escape') return { kind: 'clear' }
  const letter = press.key.toUpperCase()
  if (letter === 'C') return { kind: 'custom' }
  if (letter === 'X') return { kind: 'compare' }
  const preset = PRESETS.find(({ shortcut }) => shortcut === letter)
  return preset && { kind: 'preset', key: preset.key }
}

export type TakenKeys = 'all' | 'arrows' | 'none'

/** Which keys belong to the focused element: all in a field, the arrows in a region that scrolls sideways. */
export function keysTakenBy(element: Element | null): TakenKeys {
  if (element?.closest('input, select, textarea, [contenteditable]')) return 'all'
  const region = element?.closest('[role="region"][tabindex]')
  return region && region.scrollWidth > region.clientWidth ? 'arrows' : 'none'
}
