/** The page's keys, the same that its menus show. */
import { PRESETS } from './presets.ts'

export type KeyAction =
  | { readonly kind: 'preset'; readonly key: string }
  | { readonly kind: 'step'; readonly direction: -1 | 1 }
  | { readonly kind: 'custom' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'compare' }
  | { readonly kind: 'search' }
  | { readonly kind: 'help' }
  /** The caller's site at that place, from 0. */
  | { readonly kind: 'site'; readonly at: number }

/** The parts of a KeyboardEvent that decide. */
export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly defaultPrevented: boolean
}

/** Ctrl or Cmd with K, which opens the search from a field too; not from an editor, where it may be a command. */
const isSearchChord = ({ key, ctrlKey, metaKey, altKey, defaultPrevented }: KeyPress) =>
  !defaultPrevented && !altKey && ctrlKey !== metaKey && key.toLowerCase() === 'k'

/**
 * What a key does, if anything: never with a modifier (those are the browser's, but for Ctrl or Cmd with K) and never while typing.
 * @param taken the keys that mean something where the focus is
 */
export function actionOf(press: KeyPress, taken: TakenKeys): KeyAction | undefined {
  if (taken !== 'editor' && isSearchChord(press)) return { kind: 'search' }
  if (
    taken === 'all' ||
    taken === 'editor' ||
    press.defaultPrevented ||
    press.ctrlKey ||
    press.metaKey ||
    press.altKey
  )
    return undefined
  if (taken === 'arrows' && press.key.startsWith('Arrow')) return undefined
  if (press.key === 'ArrowLeft') return { kind: 'step', direction: -1 }
  if (press.key === 'ArrowRight') return { kind: 'step', direction: 1 }
  if (press.key === 'Escape') return { kind: 'clear' }
  if (press.key === '/') return { kind: 'search' }
  if (press.key === '?') return { kind: 'help' }
  if (/^[1-9]$/.test(press.key)) return { kind: 'site', at: Number(press.key) - 1 }
  const letter = press.key.toUpperCase()
  if (letter === 'C') return { kind: 'custom' }
  if (letter === 'X') return { kind: 'compare' }
  const preset = PRESETS.find(({ shortcut }) => shortcut === letter)
  return preset && { kind: 'preset', key: preset.key }
}

export type TakenKeys = 'editor' | 'all' | 'arrows' | 'none'

/** Which keys belong to the focused element: all in a field, an editor or a dialog, the arrows in a region that scrolls sideways. */
export function keysTakenBy(element: Element | null): TakenKeys {
  if (element?.closest('[contenteditable], dialog[open], [data-palette]')) return 'editor'
  if (element?.closest('input, select, textarea')) return 'all'
  const region = element?.closest('[role="region"][tabindex]')
  return region && region.scrollWidth > region.clientWidth ? 'arrows' : 'none'
}

/** The keys of every page, for the list of them; those of the ranges stand with the ranges. */
export const PAGE_KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['/', 'Ctrl K', '⌘ K'], does: 'Search for anything' },
  { keys: ['?'], does: 'This list' },
  { keys: ['1', '…', '9'], does: 'Your first nine sites' },
  { keys: ['C'], does: 'Dates of your own' },
  { keys: ['←', '→'], does: 'The range before, the range after' },
  { keys: ['X'], does: 'Compare with the period or the year before, on the overview' },
  { keys: ['Esc'], does: 'Clear the filters; close what is open' },
]
