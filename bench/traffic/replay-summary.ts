/** What a replay says at its end: every line accounted for, in a person's words. */
import { DeliveryError } from './delivery/deliver.ts'
import type { ReplayResult } from './replay-log.ts'

const n = (count: number) => count.toLocaleString('en')

/** The summary's lines. `lines` is how many the log has. */
export function replaySummary(result: ReplayResult, lines: number, again: boolean): string[] {
  const { tally, unreadable, seconds, failure } = result
  const text = [
    `${n(lines)} lines: ${n(tally.events)} sent, ${n(tally.accepted)} accepted, ` +
      `${n(tally.events - tally.accepted - tally.undelivered)} rejected, ${n(unreadable.count)} unreadable; ` +
      `${seconds.toFixed(1)} s, ${n(Math.round(tally.accepted / Math.max(seconds, 0.001)))} events/s`,
  ]
  for (const [code, { count, message, examples }] of tally.rejected)
    text.push(`  rejected ${n(count)} × ${code} (${message}): ${listed(examples, count)}`)
  for (const { line, reason } of unreadable.named) text.push(`  unreadable line ${line}: ${reason}`)
  if (unreadable.count > unreadable.named.length)
    text.push(`  … and ${n(unreadable.count - unreadable.named.length)} more unreadable lines`)
  if (failure !== undefined) {
    const missing = lines - unreadable.count - tally.events + tally.undelivered
    text.push(
      `${reasonOf(failure)}; up to ${n(missing)} lines were not delivered. Run it again: nothing counts twice.`,
    )
  } else if (!again && tally.accepted > 0)
    text.push(
      'Each line has its own event id: replay the file again and no number changes (--again: new traffic).',
    )
  return text
}

/** 0 when every line was accepted or is named in the summary, and there was something to accept. */
export function exitCode({ tally, unreadable, failure }: ReplayResult, lines: number): number {
  const isAllAccountedFor = tally.undelivered === 0 && tally.events + unreadable.count === lines
  return failure === undefined && isAllAccountedFor && tally.accepted > 0 ? 0 : 1
}

function reasonOf(failure: unknown): string {
  if (failure instanceof DeliveryError) return failure.message
  if ((failure as { name?: string }).name === 'AbortError') return 'Interrupted'
  return failure instanceof Error ? failure.message : String(failure)
}

function listed(examples: readonly string[], count: number): string {
  return examples.join(', ') + (count > examples.length ? ', …' : '')
}
