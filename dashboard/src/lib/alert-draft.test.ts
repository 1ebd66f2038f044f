/** A rule survives being opened and saved again; what a form makes is what the schema takes. */
import { expect, test } from 'bun:test'
import { checkDefinition, type Definition } from '@rtpx/clickhouse/alerts/rule'
import { definitionOf, draftOf, emptyDraft, MEASURE_NAMES } from './alert-draft.ts'

const held = { for_minutes: 5, recover_minutes: 10 }
const metered = {
  metric: { measure: 'visit_to_registration' },
  filter: { banner_prefix: 'summer-', country: 'DE' },
  window_minutes: 120,
  margin_percent: 15,
  least: 40,
} as const
const DEFINITIONS: Definition[] = [
  { kind: 'threshold', ...metered, direction: 'below', bound: 0.07, ...held },
  {
    kind: 'threshold',
    ...metered,
    metric: { measure: 'amount', currency: 'EUR', event_type: 'deposit' },
    direction: 'above',
    bound: 5_000,
    ...held,
  },
  { kind: 'change', ...metered, against: 'previous', direction: 'up', percent: 80, ...held },
  { kind: 'anomaly', findings: ['drop'], event_type: 'deposit', banner_tag: 'x', ...held },
  { kind: 'broken_pixel', watches: 'rejected', window_minutes: 15, percent: 12, least: 9, ...held },
  { kind: 'silence', event_type: 'visit', filter: { domain: 'a.test' }, minutes: 45, least: 3, ...held },
]

test.each(DEFINITIONS)('$kind is the same after editing', (definition) => {
  const rule = { name: 'Rule', definition, channels: ['a'], in_browser: false, enabled: true }
  const draft = draftOf(rule)
  expect(checkDefinition(definitionOf(draft))).toEqual(definition)
  expect(draft).toMatchObject({ name: 'Rule', channels: ['a'], in_browser: false })
})

test('what the form begins with can be saved, for every kind and measure', () => {
  for (const kind of ['threshold', 'change', 'anomaly', 'broken_pixel', 'silence'] as const)
    expect(checkDefinition(definitionOf({ ...emptyDraft(), kind })).kind).toBe(kind)
  for (const [measure] of MEASURE_NAMES)
    expect(
      checkDefinition(definitionOf({ ...emptyDraft(), measure, event_type: 'deposit', currency: 'eur' })),
    ).toMatchObject({ metric: { measure } })
})
