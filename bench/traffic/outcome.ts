/** What became of demo traffic: the edge should take what is good and refuse what is bad, and nothing else. */
import type { Sending } from './model/event.ts'

export class Outcome {
  accepted = 0
  duplicates = 0
  /** Bad events that were refused, by code. */
  readonly refused = new Map<string, number>()
  /** What should not have happened, by description. */
  readonly unexpected = new Map<string, number>()

  /** @param code why the edge refused it; undefined when it accepted it */
  add({ kind }: Sending, code: string | undefined): void {
    if (kind === 'bad' && code === undefined) increase(this.unexpected, 'a bad event was accepted')
    else if (kind === 'bad' && code !== undefined) increase(this.refused, code)
    else if (code !== undefined) increase(this.unexpected, `a good event was refused: ${code}`)
    else if (kind === 'duplicate') this.duplicates += 1
    else this.accepted += 1
  }

  /** One line for a person. */
  summary(seconds: number): string {
    const parts = [`${n(this.accepted)} events`, `${n(this.duplicates)} of them sent twice`]
    for (const [code, count] of this.refused) parts.push(`${n(count)} bad ones refused (${code})`)
    for (const [what, count] of this.unexpected) parts.push(`UNEXPECTED: ${n(count)} × ${what}`)
    return `${parts.join(', ')}; ${seconds.toFixed(1)} s`
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

const n = (count: number) => count.toLocaleString('en')
