/** What rules decide: each kind at its edges, then episodes against what they promise whatever comes. */
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Counted, DAY_MS, judge, MINUTE_MS, type Outcome, WEEK_MS } from './decide.ts'
import { type Episode, follow, isOver } from './episodes.ts'
import { replay } from './preview.ts'
import { checkDefinition, checkRule, type Definition, InvalidInput } from './rule.ts'
import { type Span, seriesOf } from './series.ts'
import { ruleWords, verdictWords } from './words.ts'

const AT = Date.UTC(2026, 10, 18, 12)
const HELD = { for_minutes: 0, recover_minutes: 0 }
const minutesAgo = (minutes: number) => AT - minutes * MINUTE_MS
const inWindow = (value: number, minutes = 10): Span => [minutesAgo(minutes), value, minutes * MINUTE_MS]
const counted = (...spans: Span[]): Counted => ({ of: 'count', count: seriesOf(spans) })
const ratio = (of: number, by: number): Counted => ({
  of: 'ratio',
  count: seriesOf([inWindow(of)]),
  by: seriesOf([inWindow(by)]),
})
const outcomes = (rule: Definition, data: Counted): Outcome[] =>
  judge(rule, data, AT).map(({ outcome }) => outcome)

const threshold = (direction: 'above' | 'below', more: Partial<Definition> = {}) =>
  ({
    kind: 'threshold',
    metric: { measure: 'events' },
    filter: {},
    window_minutes: 10,
    direction,
    bound: 100,
    margin_percent: 10,
    least: 0,
    ...HELD,
    ...more,
  }) as Definition

test.each([
  ['above', 101, 'breach'],
  ['above', 100, 'between'],
  ['above', 90.5, 'between'],
  ['above', 90, 'clear'],
  ['below', 99, 'breach'],
  ['below', 100, 'between'],
  ['below', 109, 'between'],
  ['below', 110, 'clear'],
  ['below', 0, 'breach'],
] as const)('threshold %s 100: %d is %s', (direction, value, outcome) => {
  expect(outcomes(threshold(direction), counted(inWindow(value)))).toEqual([outcome])
})

test('a rate with too little below it is not judged', () => {
  const rule = threshold('below', {
    metric: { measure: 'visit_to_registration' },
    bound: 0.1,
    least: 50,
  } as Partial<Definition>)
  expect(outcomes(rule, ratio(1, 49))).toEqual(['unknown'])
  expect(outcomes(rule, ratio(1, 50))).toEqual(['breach'])
  expect(outcomes(rule, ratio(0, 0))).toEqual(['unknown'])
  expect(outcomes(rule, ratio(10, 50))).toEqual(['clear'])
})

const change = (direction: 'up' | 'down', against: 'previous' | 'last_week', least = 10): Definition => ({
  kind: 'change',
  metric: { measure: 'events' },
  filter: {},
  window_minutes: 10,
  against,
  direction,
  percent: 50,
  margin_percent: 20,
  least,
  ...HELD,
})

test.each([
  ['up', 150, 100, 'breach'],
  ['up', 149, 100, 'between'],
  ['up', 140, 100, 'clear'],
  ['down', 50, 100, 'breach'],
  ['down', 55, 100, 'between'],
  ['down', 60, 100, 'clear'],
  ['down', 0, 100, 'breach'],
  ['down', 0, 9, 'unknown'],
  ['up', 50, 0, 'unknown'],
] as const)('change %s by 50%%: %d after %d is %s', (direction, value, before, outcome) => {
  const previous: Span = [minutesAgo(20), before, 10 * MINUTE_MS]
  expect(outcomes(change(direction, 'previous'), counted(previous, inWindow(value)))).toEqual([outcome])
  const lastWeek: Span = [minutesAgo(10) - WEEK_MS, before, 10 * MINUTE_MS]
  expect(outcomes(change(direction, 'last_week'), counted(lastWeek, inWindow(value)))).toEqual([outcome])
})

const silence = (least: number): Definition => ({ kind: 'silence', filter: {}, minutes: 30, least, ...HELD })

test('silence is judged at times that are not usually silent', () => {
  const event = (ago: number): Span => [minutesAgo(ago), 1, MINUTE_MS]
  const lastWeek: Span = [AT - WEEK_MS - 20 * MINUTE_MS, 5, MINUTE_MS]
  expect(outcomes(silence(0), counted(event(31)))).toEqual(['breach'])
  expect(outcomes(silence(0), counted(event(30)))).toEqual(['clear'])
  expect(outcomes(silence(0), counted())).toEqual(['unknown'])
  expect(outcomes(silence(5), counted(event(40)))).toEqual(['unknown'])
  expect(outcomes(silence(5), counted(lastWeek, event(40)))).toEqual(['breach'])
  expect(outcomes(silence(6), counted(lastWeek, event(40)))).toEqual(['unknown'])
})

const stops: Definition = {
  kind: 'broken_pixel',
  watches: 'banner',
  window_minutes: 10,
  percent: 20,
  least: 5,
  ...HELD,
}

test('a banner is broken when it stops while the others go on', () => {
  const day = (value: number): Span => [minutesAgo(10) - DAY_MS, value, DAY_MS]
  const of = (banners: Record<string, Span[]>): Counted => {
    const subjects = new Map(Object.entries(banners).map(([name, spans]) => [name, seriesOf(spans)]))
    return { of: 'subjects', subjects, all: seriesOf(Object.values(banners).flatMap(overlaid)) }
  }
  // The sums of all banners: spans must not overlap, so each is nudged by a millisecond.
  let nudge = 0
  const overlaid = (spans: readonly Span[]): Span[] =>
    spans.map(([from, value, ms]) => {
      nudge += 1
      return [from + nudge - 1, value, ms - 20]
    })
  const verdicts = judge(
    stops,
    of({
      goes: [day(1_000), inWindow(100)],
      stopped: [day(100)],
      thin: [day(2)],
      fresh: [inWindow(10)],
    }),
    AT,
  )
  expect(verdicts.map(({ subject, outcome }) => [subject, outcome])).toEqual([
    ['stopped', 'breach'],
    ['thin', 'between'],
  ])
  nudge = 0
  // At night, when nothing comes, nobody is broken.
  expect(outcomes(stops, of({ a: [day(1_000)], b: [day(100)] }))).toEqual(['between', 'between'])
})

test('the rejected share needs enough that is sent', () => {
  const rule: Definition = { ...stops, watches: 'rejected', least: 20 }
  expect(outcomes(rule, ratio(5, 20))).toEqual(['breach'])
  expect(outcomes(rule, ratio(4, 20))).toEqual(['clear'])
  expect(outcomes(rule, ratio(5, 19))).toEqual(['unknown'])
})

test('an anomaly is so while its finding is open', () => {
  const rule: Definition = { kind: 'anomaly', findings: ['drop'], ...HELD }
  const finding = { subject: 'drop of visit', seen: 1, expected: 50 }
  const data = (opened_at: number, closed_at: number | null): Counted => ({
    of: 'findings',
    findings: [{ ...finding, opened_at, closed_at }],
  })
  expect(judge(rule, data(AT, null), AT)).toEqual([
    { subject: 'drop of visit', outcome: 'breach', value: 1, bound: 50 },
  ])
  expect(judge(rule, data(AT + 1, null), AT)).toEqual([])
  expect(judge(rule, data(AT - 10, AT), AT)).toEqual([])
})

/** What comes of a rule when these outcomes follow each other, a minute apart. */
function fold(held: { for_minutes: number; recover_minutes: number }, sequence: readonly Outcome[]) {
  const latest = new Map<string, Episode>()
  const history: Episode[] = []
  for (const [minute, outcome] of sequence.entries()) {
    const verdict = { subject: '', outcome, value: minute, bound: 1 }
    for (const episode of follow({ ...held, rule_id: 'r' }, latest, [verdict], AT + minute * MINUTE_MS)) {
      latest.set('', episode)
      history.push(episode)
    }
  }
  return history
}

test('fires when it has held for long enough, ends when it was well for long enough', () => {
  const held = { for_minutes: 2, recover_minutes: 2 }
  const statuses = (...sequence: Outcome[]) => fold(held, sequence).map(({ status }) => status)
  expect(statuses('breach', 'breach', 'clear')).toEqual(['pending', 'passed'])
  expect(statuses('breach', 'breach', 'breach')).toEqual(['pending', 'firing'])
  expect(statuses('breach', 'between', 'breach')).toEqual(['pending', 'passed', 'pending'])
  const firing: Outcome[] = ['breach', 'breach', 'breach']
  expect(statuses(...firing, 'clear', 'clear')).toEqual(['pending', 'firing', 'recovering'])
  expect(statuses(...firing, 'clear', 'clear', 'clear').at(-1)).toBe('resolved')
  expect(statuses(...firing, 'clear', 'breach', 'clear', 'clear').at(-1)).toBe('recovering')
  expect(statuses(...firing, 'between', 'unknown', 'between')).toEqual(['pending', 'firing'])
  expect(statuses(...firing, 'clear', 'unknown', 'clear').at(-1)).toBe('resolved')
})

test('whatever comes, episodes keep their promises', () => {
  const outcome = fc.constantFrom<Outcome>('breach', 'between', 'clear', 'unknown')
  const held = fc.record({
    for_minutes: fc.integer({ min: 0, max: 4 }),
    recover_minutes: fc.integer({ min: 0, max: 4 }),
  })
  fc.assert(
    fc.property(held, fc.array(outcome, { maxLength: 60 }), (rule, sequence) => {
      const history = fold(rule, sequence)
      const at = (instant: number) => sequence[(instant - AT) / MINUTE_MS]
      for (const { opened_at, since, resolved_at, well_since, status } of history) {
        // Fires only on breaches that have held since `since`, and is over only when well throughout.
        if (opened_at !== null) {
          for (let t = since; t <= opened_at; t += MINUTE_MS) expect(at(t)).toBe('breach')
          expect(opened_at - since).toBeGreaterThanOrEqual(rule.for_minutes * MINUTE_MS)
        }
        if (status === 'resolved' && resolved_at !== null && well_since !== null) {
          for (let t = well_since; t <= resolved_at; t += MINUTE_MS)
            expect(['clear', 'unknown']).toContain(at(t) ?? '')
          expect(resolved_at - well_since).toBeGreaterThanOrEqual(rule.recover_minutes * MINUTE_MS)
        }
      }
      // One at a time; each has its own identity, and versions count up.
      const ids = [...new Set(history.map(({ alert_id }) => alert_id))]
      for (const id of ids) {
        const own = history.filter(({ alert_id }) => alert_id === id)
        expect(own.map(({ version }) => version)).toEqual(own.map((_, index) => index + 1))
        expect(own.slice(0, -1).some(isOver)).toBe(false)
      }
      expect(ids.length).toBe(Math.max(0, ...history.map(({ sequence: number }) => number)))
      // Judging an instant again changes nothing.
      const latest = new Map(history.slice(-1).map((episode) => [episode.subject, episode] as const))
      const last = history.at(-1)
      if (last)
        expect(
          follow(
            { ...rule, rule_id: 'r' },
            latest,
            [{ subject: '', outcome: 'breach', value: 0, bound: 0 }],
            last.judged_at,
          ),
        ).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test('the sums of a series are those of its parts', () => {
  const spans = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(spans, fc.nat(40), fc.nat(40), (values, a, b) => {
      const series = seriesOf(values.map((value, index) => [index * 100, value, 100]))
      const [from, to] = [Math.min(a, b), Math.max(a, b)]
      const expected = values.slice(from, to).reduce((sum, value) => sum + value, 0)
      expect(series.sum(from * 100, to * 100)).toBeCloseTo(expected, 6)
      const last = values.slice(0, to).findLastIndex((value) => value > 0)
      expect(series.lastBefore(to * 100)).toBe(last < 0 ? undefined : (last + 1) * 100)
    }),
  )
  expect(seriesOf([[0, 10, 100]]).sum(50, 150)).toBe(5)
})

test('a preview tells what the job would have', () => {
  const spans: Span[] = Array.from({ length: 100 }, (_, index) => [
    AT + index * 5 * MINUTE_MS,
    index >= 40 && index < 50 ? 0 : 20,
    5 * MINUTE_MS,
  ])
  const rule = threshold('below', {
    bound: 10,
    window_minutes: 5,
    for_minutes: 10,
    recover_minutes: 10,
  } as Partial<Definition>)
  const from = AT + 50 * MINUTE_MS
  const preview = replay(rule, counted(...spans), { from, to: AT + 490 * MINUTE_MS, step: 5 * MINUTE_MS })
  expect(preview.alerts).toEqual([
    {
      subject: '',
      // The first window without anything ends at 205 minutes; ten minutes later it fires.
      opened_at: AT + 215 * MINUTE_MS,
      resolved_at: AT + 265 * MINUTE_MS,
      value: 0,
      bound: 10,
    },
  ])
  expect(preview.points).toHaveLength(89)
  expect(preview.now?.outcome).toBe('clear')
})

test('what a rule may not say is refused, with the field to blame', () => {
  const fieldOf = (value: unknown) => {
    try {
      checkDefinition(value)
    } catch (error) {
      if (error instanceof InvalidInput) return error.field
      throw error
    }
    return ''
  }
  const good = threshold('above')
  expect(fieldOf(good)).toBe('')
  expect(fieldOf({ ...good, kind: 'weather' })).toBe('definition.kind')
  expect(fieldOf({ ...good, window_minutes: 7 })).toBe('definition.window_minutes')
  expect(fieldOf({ ...good, bound: Number.NaN })).toBe('definition.bound')
  expect(fieldOf({ ...good, extra: 1 })).toBe('definition.extra')
  expect(fieldOf({ ...good, metric: { measure: 'amount' } })).toBe('definition.metric.currency')
  expect(fieldOf({ ...good, metric: { measure: 'players' } })).toBe('definition.metric.event_type')
  expect(fieldOf({ ...good, metric: { measure: 'rejected' }, filter: { domain: 'a' } })).toBe(
    'definition.filter',
  )
  expect(fieldOf({ ...good, direction: 'sideways' })).toBe('definition.direction')
  expect(() =>
    checkRule({ name: '', definition: good, channels: [], in_browser: true, enabled: true }),
  ).toThrow(InvalidInput)
  expect(() => checkRule(null)).toThrow(InvalidInput)
})

test('rules and verdicts are told in words', () => {
  const rule = threshold('below', {
    for_minutes: 10,
    filter: { banner_tag: 'summer' },
  } as Partial<Definition>)
  expect(ruleWords(rule)).toBe('events of banner summer in 10 minutes is less than 100, for 10 minutes')
  expect(verdictWords(rule, { subject: '', outcome: 'breach', value: 3, bound: 100 })).toBe(
    'Events of banner summer: 3 in 10 minutes; the bound is 100.',
  )
  expect(verdictWords(stops, { subject: 'x', outcome: 'breach', value: 0, bound: 12.4 })).toBe(
    'No event of banner x in 10 minutes, while others go on; about 12 expected.',
  )
})
