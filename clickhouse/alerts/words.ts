/** Rules, verdicts and alerts as people read them. Pure; no markup: whoever sends them on makes them safe for where they go. */
import type { Verdict } from './decide.ts'
import type { Definition, DefinitionOf, Filter, Metric } from './rule.ts'

const plural = (type: string) => `${type.replaceAll('_', ' ')}s`

const FINDINGS: Readonly<Record<string, string>> = {
  silence: 'silence',
  broken_pixel: 'a broken pixel',
  drop: 'a drop',
  spike: 'a spike',
}

/** What is measured: `visits`, `deposited EUR`, `visit → registration`. */
export function metricWords({ measure, event_type = '', currency = '', reason = '' }: Metric): string {
  switch (measure) {
    case 'events':
      return event_type === '' ? 'events' : `${event_type.replaceAll('_', ' ')} events`
    case 'players':
      return `players with a ${event_type.replaceAll('_', ' ')}`
    case 'payments':
      return event_type === '' ? 'payments' : plural(event_type)
    case 'amount':
      return `amount of ${event_type === '' ? 'payments' : plural(event_type)} in ${currency}`
    case 'visit_to_registration':
      return 'visit → registration'
    case 'registration_to_deposit':
      return 'deposits per registration'
    case 'rejected':
      return `rejected events${reason === '' ? '' : ` (${reason})`}`
    case 'rejected_share':
      return `share of events rejected${reason === '' ? '' : ` (${reason})`}`
    case 'freshness':
      return `minutes since the last ${event_type === '' ? 'event' : event_type.replaceAll('_', ' ')}`
  }
}

const FILTER_WORDS: Readonly<Record<keyof Filter, string>> = {
  banner_tag: 'banner',
  banner_prefix: 'banners beginning with',
  domain: 'domain',
  country: 'country',
  device: 'device',
}

/** ` of banner summer, country DE`, or nothing. */
export function filterWords(filter: Filter): string {
  const parts = (Object.keys(FILTER_WORDS) as (keyof Filter)[]).flatMap((key) =>
    filter[key] ? [`${FILTER_WORDS[key]} ${filter[key]}`] : [],
  )
  return parts.length === 0 ? '' : ` of ${parts.join(', ')}`
}

/** `5 minutes`, `2 hours`, `a day`. */
export function spanWords(minutes: number): string {
  if (minutes < 1) return 'less than a minute'
  if (minutes === 1_440) return 'a day'
  if (minutes === 60) return 'an hour'
  if (minutes % 60 === 0) return `${minutes / 60} hours`
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}

/** When a rule fires, as the end of "Tells when …". */
export function ruleWords(rule: Definition): string {
  const held = rule.for_minutes > 0 ? `, for ${spanWords(rule.for_minutes)}` : ''
  switch (rule.kind) {
    case 'threshold': {
      const { metric, filter, window_minutes, direction, bound } = rule
      const what = `${metricWords(metric)}${filterWords(filter)}`
      const span = metric.measure === 'freshness' ? '' : ` in ${spanWords(window_minutes)}`
      return `${what}${span} ${direction === 'above' ? 'is more than' : 'is less than'} ${figure(metric, bound)}${held}`
    }
    case 'change': {
      const { metric, filter, window_minutes, against, direction, percent } = rule
      const span = spanWords(window_minutes)
      const before = against === 'previous' ? `the ${span} before` : 'the same time last week'
      return `${metricWords(metric)}${filterWords(filter)} in ${span} is ${direction} ${percent}% or more against ${before}${held}`
    }
    case 'anomaly': {
      const series = [
        rule.event_type ? ` of ${rule.event_type}` : '',
        rule.banner_tag ? `, banner ${rule.banner_tag}` : '',
      ].join('')
      return `the forecast finds ${rule.findings.map((kind) => FINDINGS[kind] ?? kind).join(', ')}${series}${held}`
    }
    case 'broken_pixel':
      return rule.watches === 'rejected'
        ? `more than ${rule.percent}% of what is sent in ${spanWords(rule.window_minutes)} is rejected${held}`
        : `the events of a ${rule.watches} stop for ${spanWords(rule.window_minutes)} while others go on${held}`
    case 'query':
      return `${statementWords(rule)} ${rule.direction === 'above' ? 'is more than' : 'is less than'} ${plain(rule.bound)}${held}`
    case 'silence': {
      const what = rule.event_type ? `${rule.event_type.replaceAll('_', ' ')} event` : 'event'
      return `no ${what}${filterWords(rule.filter)} comes for ${spanWords(rule.minutes)}${held}`
    }
  }
}

/** What was found, as a sentence. */
export function verdictWords(rule: Definition, { subject, value, bound, outcome }: Verdict): string {
  const nothing = (what: string) => `Too little to judge ${what} by.`
  switch (rule.kind) {
    case 'threshold': {
      const what = capital(`${metricWords(rule.metric)}${filterWords(rule.filter)}`)
      if (value === null) return nothing(metricWords(rule.metric))
      const span = rule.metric.measure === 'freshness' ? '' : ` in ${spanWords(rule.window_minutes)}`
      return `${what}: ${figure(rule.metric, value)}${span}; the bound is ${figure(rule.metric, rule.bound)}.`
    }
    case 'change': {
      const what = capital(`${metricWords(rule.metric)}${filterWords(rule.filter)}`)
      if (value === null || bound === null || outcome === 'unknown') return nothing(metricWords(rule.metric))
      const change = ((value - bound) / bound) * 100
      const sign = change > 0 ? '+' : ''
      return `${what}: ${figure(rule.metric, value)} in ${spanWords(rule.window_minutes)}, ${figure(rule.metric, bound)} ${
        rule.against === 'previous' ? 'before' : 'at the same time last week'
      } (${sign}${change.toFixed(0)}%).`
    }
    case 'anomaly':
      return subject === ''
        ? 'Nothing of the kind is open.'
        : `${capital(subject)}: ${whole(value ?? 0)} events, ${whole(bound ?? 0)} expected.`
    case 'broken_pixel':
      if (rule.watches === 'rejected')
        return value === null
          ? nothing('what is rejected')
          : `${(value * 100).toFixed(1)}% of what was sent in ${spanWords(rule.window_minutes)} was rejected; the bound is ${rule.percent}%.`
      return subject === ''
        ? `Every ${rule.watches} that had events goes on.`
        : `No event of ${rule.watches} ${subject} in ${spanWords(rule.window_minutes)}, while others go on; about ${whole(bound ?? 0)} expected.`
    case 'query':
      return value === null
        ? `${capital(statementWords(rule))}: it answers nothing.`
        : `${capital(statementWords(rule))}: ${plain(value)}; the bound is ${plain(rule.bound)}.`
    case 'silence':
      return value === null
        ? 'No event in the last two days.'
        : `The last event came ${spanWords(Math.round(value))} ago${outcome === 'unknown' ? ', at a time that is usually quiet' : ''}.`
  }
}

const statementWords = ({ reads, query_name }: DefinitionOf<'query'>) =>
  reads === 'rows' ? `the number of rows of “${query_name}”` : `the answer of “${query_name}”`
const plain = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 4 })
const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)
const whole = (value: number) => Math.round(value).toLocaleString('en')

/** A value of a metric. */
export function figure({ measure, currency }: Metric, value: number): string {
  if (['visit_to_registration', 'registration_to_deposit', 'rejected_share'].includes(measure))
    return `${(value * 100).toFixed(1)}%`
  if (measure === 'amount')
    return `${value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency ?? ''}`
  return value.toLocaleString('en', { maximumFractionDigits: 1 })
}
