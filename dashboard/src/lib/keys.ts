/** The page's keys, the same that its menus show. */
import { PRESETS } from './range.ts'

export type KeyAction =
  | { readonly kind: 'preset'; readonly key: string }
  | { readonly kind: 'step'; readonly direction: -1 | 1 }
  | { readonly kind: 'custom' }
  | { readonly kind: 'clear' }

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
 * @param typing whether the focus is where keys write text or move within a control
 */
export function actionOf(press: KeyPress, typing: boolean): KeyAction | undefined {
  if (typing || press.defaultPrevented || press.ctrlKey || press.metaKey || press.altKey) return undefined
  if (press.key === 'ArrowLeft') return { kind: 'step', direction: -1 }
  if (press.key === 'ArrowRight') return { kind: 'step', direction: 1 }
  if (press.key === 'Escape') return { kind: 'clear' }
  const letter = press.key.toUpperCase()
  if (letter === 'C') return { kind: 'custom' }
  const preset = PRESETS.find(({ shortcut }) => shortcut === letter)
  return preset && { kind: 'preset', key: preset.key }
}

/** Whether keys belong to the element: fields, choices, editable text, and regions that scroll. */
export const takesKeys = (element: Element | null) =>
  element?.closest('input, select, textarea, [contenteditable], [role="region"][tabindex]') != null
