/** `GET /api/analytics/funnel?site=&from=&to=&s1=visit&s2=registration&window=7d` → persons, conversion and times by step. */
import { conversion, share } from '#lib/funnels/report.ts'
import { funnelOf } from '#lib/funnels/spec.ts'
import { readFunnel } from '#lib/server/funnels/read.ts'
import { respondJson } from '#lib/server/page.ts'
import { badParameter, problemResponse } from '#lib/server/problem.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'read', async (opened) => {
    const params = event.url.searchParams
    const days = { from: opened.range.from, to: opened.range.to }
    const spec = funnelOf(params)
    if ('detail' in spec) return problemResponse(badParameter('invalid_funnel', spec.field, spec.detail))
    const { total, values, rest, kept_from } = await readFunnel(opened, days, spec)
    const steps = spec.steps.map((step, at) => ({
      ...step,
      people: total.people[at] ?? 0,
      of_first: share(total.people[at], total.people[0]) ?? null,
      of_previous: at === 0 ? null : (share(total.people[at], total.people[at - 1]) ?? null),
      median_ms: at === 0 ? null : total.median_ms[at - 1],
      p90_ms: at === 0 ? null : total.p90_ms[at - 1],
    }))
    return {
      site_id: opened.site.site_id,
      ...days,
      window: `${spec.window.size}${spec.window.unit}`,
      order: spec.order,
      by: spec.by,
      steps,
      conversion: conversion(total) ?? null,
      total_median_ms: total.total_median_ms,
      total_p90_ms: total.total_p90_ms,
      waiting: total.waiting,
      values,
      rest,
      events_kept_from: kept_from,
    }
  })
