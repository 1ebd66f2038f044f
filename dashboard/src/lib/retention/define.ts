/** What the figures of cohorts mean, for "what is this?". */
import type { Definition } from '#lib/definitions.ts'
import type { RetentionSpec } from './spec.ts'
import { BACK_NAMES, PERIOD_NAMES, START_NAMES } from './words.ts'

export function defineRetention({ start, period, back }: RetentionSpec, sql: string): Definition {
  const unit = PERIOD_NAMES[period].toLowerCase()
  const counted =
    back === 'amount'
      ? 'what the players of a row deposited, each transaction once'
      : `how many of the players of a row had ${back === 'any' ? 'any event' : `a ${BACK_NAMES[back].toLowerCase()}`}`
  return {
    title: 'Cohorts',
    text: `A row holds the players whose ${START_NAMES[start].toLowerCase()} was in that ${unit}; ${unit} 0 is that same calendar ${unit}, from that day on. Cells say ${counted} in each ${unit} since. What a visitor did without a name counts for the player it belongs to. The average weighs each row by its players and leaves out what is not over. A banner is the one that acquired the player.`,
    sql,
  }
}
