/** What the figures of a funnel mean, for "what is this?". */
import type { Definition } from '#lib/definitions.ts'
import type { FunnelSpec } from './spec.ts'
import { UNIT_NAMES } from './words.ts'

export const defineFunnel = ({ window, order, steps }: FunnelSpec, sql: string): Definition => ({
  title: 'People by step',
  text: `People who did the first step in these days, and of them those who did the next steps after it, in order, all within ${window.size} ${UNIT_NAMES[window.unit]} of the first${order === 'strict' ? ', with no other event of these types in between' : ''}. A person is a player; a visitor without a name counts as the first player named together with it, else as itself. Each counts once, with the attempt that got furthest, the earliest of these; a breakdown goes by the event that began it. Times are between the events of that attempt.${steps.some(({ filters }) => filters.length > 0) ? ' Filters look at the step’s own event.' : ''}`,
  sql,
})
