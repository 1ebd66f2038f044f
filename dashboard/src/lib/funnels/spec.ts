/**
 * A funnel as people put it together, and as a link holds it: `s1=visit&s1.banner_tag.is=summer&s2=registration&window=7d`. A filter's
 * parameter may stand several times: any of its values will do.
 */
import {
  ANY_EVENT,
  type EventFilter,
  isFilterField,
  OPERATORS,
  type Operator,
} from '@rtpx/clickhouse/queries/event-conditions'
import {
  BREAKDOWNS,
  type Breakdown,
  MAX_STEPS,
  MAX_WINDOW_DAYS,
  MIN_STEPS,
} from '@rtpx/clickhouse/queries/funnel-limits'

export interface FunnelStep {
  readonly event_type: string
  readonly filters: readonly EventFilter[]
}

export const WINDOW_UNITS = ['m', 'h', 'd'] as const
export type WindowUnit = (typeof WINDOW_UNITS)[number]
const UNIT_MS: Readonly<Record<WindowUnit, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const MAX_WINDOW_MS = MAX_WINDOW_DAYS * UNIT_MS.d

export interface FunnelSpec {
  readonly steps: readonly FunnelStep[]
  readonly window: { readonly size: number; readonly unit: WindowUnit }
  readonly order: 'loose' | 'strict'
  readonly by: Breakdown | null
  readonly with_bots: boolean
}

/** What a link says that cannot be. */
export interface SpecProblem {
  readonly field: string
  readonly detail: string
}

export const MAX_FILTERS = 8
export const MAX_VALUES = 20
const MAX_TEXT = 1_000

export const windowMs = ({ size, unit }: FunnelSpec['window']) => size * UNIT_MS[unit]
const plainStep = (event_type: string): FunnelStep => ({ event_type, filters: [] })

/** What opens without a choice. */
export const DEFAULT_FUNNEL: FunnelSpec = {
  steps: ['visit', 'registration', 'deposit'].map(plainStep),
  window: { size: 7, unit: 'd' },
  order: 'loose',
  by: null,
  with_bots: true,
}

/** Funnels that many sites have. */
export const FUNNEL_PRESETS: readonly { readonly label: string; readonly steps: readonly FunnelStep[] }[] = [
  { label: 'Visit → registration → deposit', steps: DEFAULT_FUNNEL.steps },
  { label: 'Page view → visit → registration', steps: ['page_view', 'visit', 'registration'].map(plainStep) },
  { label: 'Deposit → second deposit', steps: ['deposit', 'deposit'].map(plainStep) },
]

/** Whether a parameter of the URL is of the steps. */
const isStepParam = (name: string) => /^s\d+(\.|$)/.test(name)

/** The funnel a link names; the default one where it names no step. */
export function funnelOf(params: URLSearchParams): FunnelSpec | SpecProblem {
  const steps = stepsOf(params)
  if ('detail' in steps) return steps
  const window = windowOf(params.get('window'))
  if (!window)
    return bad('window', 'the window is a number with m, h or d, such as 90m, 12h or 7d: at most 366d')
  const order = params.get('order') ?? 'loose'
  if (order !== 'loose' && order !== 'strict') return bad('order', 'order is loose or strict')
  const by = params.get('by')
  const breakdown = BREAKDOWNS.find((name) => name === by) ?? null
  if (by !== null && breakdown === null) return bad('by', `by is one of ${BREAKDOWNS.join(', ')}`)
  const bots = params.get('bots') ?? 'with'
  if (bots !== 'with' && bots !== 'without') return bad('bots', 'bots is with or without')
  return { steps, window, order, by: breakdown, with_bots: bots === 'with' }
}

const bad = (field: string, detail: string): SpecProblem => ({ field, detail })

function stepsOf(params: URLSearchParams): readonly FunnelStep[] | SpecProblem {
  const names = [...new Set([...params.keys()].filter(isStepParam))]
  if (names.length === 0) return DEFAULT_FUNNEL.steps
  const types = Array.from({ length: MAX_STEPS }, (_, at) => params.get(`s${at + 1}`)).filter(
    (type) => type !== null,
  )
  if (types.length < MIN_STEPS || params.get(`s${types.length}`) === null)
    return bad('s1', `a funnel has ${MIN_STEPS} to ${MAX_STEPS} steps, s1, s2 and so on`)
  const filters: EventFilter[][] = types.map(() => [])
  for (const [at, type] of types.entries())
    if (type !== ANY_EVENT && !/^[a-z][a-z0-9_]{0,63}$/.test(type))
      return bad(`s${at + 1}`, 'a step is the name of an event type, or * for any')
  for (const name of names.filter((name) => name.includes('.'))) {
    const filter = filterOf(name, params.getAll(name))
    const own = filters[Number(/^s(\d+)/.exec(name)?.[1]) - 1]
    if ('detail' in filter) return filter
    if (!own) return bad(name, 'there is no such step')
    if (own.push(filter) > MAX_FILTERS) return bad(name, `a step has at most ${MAX_FILTERS} filters`)
  }
  return types.map((event_type, at) => ({ event_type, filters: filters[at] ?? [] }))
}

/** `s1.metadata.plan.is`: the step, the field, the operator. */
function filterOf(name: string, values: readonly string[]): EventFilter | SpecProblem {
  const field = name.slice(name.indexOf('.') + 1, name.lastIndexOf('.'))
  const operator = OPERATORS.find((operator) => operator === name.slice(name.lastIndexOf('.') + 1))
  if (!isFilterField(field) || field.length > 200) return bad(name, 'this is no field to filter by')
  if (!operator) return bad(name, `a filter is one of ${OPERATORS.join(', ')}`)
  if (values.length > MAX_VALUES || values.some((value) => value.length > MAX_TEXT))
    return bad(name, `a filter has at most ${MAX_VALUES} values of ${MAX_TEXT} characters`)
  if (isNumeric(operator) && values.some((value) => !/^-?\d+(\.\d+)?$/.test(value)))
    return bad(name, 'this filter compares with a number')
  return { field, operator, values }
}

export const isNumeric = (operator: Operator) => operator === 'at_least' || operator === 'at_most'

function windowOf(text: string | null): FunnelSpec['window'] | undefined {
  if (text === null) return DEFAULT_FUNNEL.window
  const [, digits, letter] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? []
  const unit = WINDOW_UNITS.find((unit) => unit === letter)
  if (!digits || !unit) return undefined
  const window = { size: Number(digits), unit }
  return windowMs(window) <= MAX_WINDOW_MS ? window : undefined
}

/** The parameters of a funnel; those that say what is so anyway are left out. */
function funnelParams({ steps, window, order, by, with_bots }: FunnelSpec): [string, string][] {
  const said: [string, string][] = []
  for (const [at, { event_type, filters }] of steps.entries()) {
    said.push([`s${at + 1}`, event_type])
    for (const { field, operator, values } of filters)
      for (const value of values) said.push([`s${at + 1}.${field}.${operator}`, value])
  }
  const { size, unit } = DEFAULT_FUNNEL.window
  if (window.size !== size || window.unit !== unit) said.push(['window', `${window.size}${window.unit}`])
  if (order === 'strict') said.push(['order', order])
  if (by) said.push(['by', by])
  if (!with_bots) said.push(['bots', 'without'])
  return said
}

const OF_FUNNEL = ['window', 'order', 'by', 'bots', 'drop', 'sort']

/** Whether a funnel's numbers depend on a parameter of the URL. */
export const isFunnelParam = (name: string) => isStepParam(name) || OF_FUNNEL.slice(0, 4).includes(name)

/** The current link with another funnel; what else it says stays. */
export function funnelHref({ search }: { readonly search: string }, spec: FunnelSpec): string {
  const others = [...new URLSearchParams(search)].filter(
    ([name]) => !isStepParam(name) && !OF_FUNNEL.includes(name),
  )
  return `?${new URLSearchParams([...others, ...funnelParams(spec)])}`
}
