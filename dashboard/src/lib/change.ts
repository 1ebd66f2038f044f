/** How a number compares with the period before, always with a word beside the arrow: never colour alone. */
import { compactNumber, percent } from './format.ts'

export interface Change {
  readonly direction: 'up' | 'down' | 'same'
  /** `12.4%`, `×27` from ten times on, `over ×1000`, `0.4 points`, or empty where there is nothing to measure against. */
  readonly amount: string
  /** The rest of the sentence: `up from 41 203`. */
  readonly words: string
}

const directionOf = (difference: number) => (difference > 0 ? 'up' : difference < 0 ? 'down' : 'same')

/** The change of a count. */
export function changeOf(now: number, before: number): Change {
  const direction = directionOf(now - before)
  if (now === before) return { direction, amount: '', words: now === 0 ? 'none before either' : 'no change' }
  if (before === 0) return { direction, amount: '', words: 'none before' }
  const times = now / before
  const amount =
    times < 10 ? percent(Math.abs(times - 1)) : times < 1000 ? `×${Math.round(times)}` : 'over ×1000'
  return { direction, amount, words: `${direction} from ${compactNumber(before)}` }
}

/** The change of a rate, in percentage points; `undefined` stands for a rate without anything to divide by. */
export function rateChangeOf(now: number | undefined, before: number | undefined): Change {
  if (now === undefined || before === undefined)
    return { direction: 'same', amount: '', words: 'nothing to compare' }
  const points = Math.round(now * 1000) / 10 - Math.round(before * 1000) / 10
  const direction = directionOf(Math.round(points * 10))
  if (direction === 'same') return { direction, amount: '', words: 'no change' }
  return {
    direction,
    amount: `${Math.abs(points).toFixed(1)} points`,
    words: `${direction} from ${percent(before)}`,
  }
}
