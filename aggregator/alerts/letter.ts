/**
 * A message's words for each kind of channel. Pure. Names from data are text everywhere: escaped in HTML, kept from being links or mentions
 * in a chat, without line breaks in a subject.
 */
import type { DeliveryKind } from '@rtpx/clickhouse/queries/alert-deliveries'
import { html } from '../mail/html.ts'
import type { AlertPayload } from './payload.ts'

export interface Letter {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** What about an alert is told to people. @param origin address of the dashboard; empty: no link */
export function alertLetter(kind: DeliveryKind, payload: AlertPayload, origin: string): Letter {
  const rule_name = oneLine(payload.rule_name)
  const site_name = oneLine(payload.site_name)
  const state = kind === 'resolved' ? 'Resolved' : kind === 'test' ? 'Test' : 'Alert'
  const subject = oneLine(`[rtpx] ${state}: ${rule_name} – ${site_name}`)
  const lines = [
    payload.words,
    kind === 'test'
      ? 'This is a test; nothing is wrong.'
      : kind === 'resolved' && payload.resolved_at !== null
        ? `Fired ${when(payload.opened_at)}, over ${when(payload.resolved_at)}.`
        : `Since ${when(payload.since)}.`,
  ].map(oneLine)
  const link = origin === '' ? '' : `${origin}/alerts?site=${encodeURIComponent(payload.site_id)}`
  return {
    subject,
    text: [`${state}: ${rule_name}`, `Site: ${site_name}`, '', ...lines, '', link].join('\n').trimEnd(),
    html: html`<!doctype html><html lang="en"><body style="font-family:sans-serif;color:#191a1b">
<p style="font-size:18px;font-weight:bold;margin:0">${state}: ${rule_name}</p>
<p style="color:#5c5f63;margin:4px 0 16px">${site_name}</p>
${lines.map((line) => html`<p style="margin:0 0 8px">${line}</p>`)}
${link === '' ? '' : html`<p style="margin:16px 0 0"><a href="${link}">Open the alerts</a></p>`}
</body></html>`.text,
  }
}

/** The same for a Slack-style incoming webhook: plain text, so that no name becomes a link, a mention or markup. */
export function slackBody(letter: Letter): string {
  const text = unmentioned(letter.text)
  return JSON.stringify({
    text: slackEscaped(text),
    blocks: [{ type: 'section', text: { type: 'plain_text', text: text.slice(0, 2_900), emoji: false } }],
    unfurl_links: false,
    unfurl_media: false,
  })
}

/** The same for a signed webhook. */
export function webhookBody(
  delivery: { readonly delivery_id: string; readonly kind: DeliveryKind; readonly created_at: number },
  payload: AlertPayload,
  origin: string,
): string {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
  const { site_id, site_name, since, opened_at, resolved_at, ...alert } = payload
  return JSON.stringify({
    id: delivery.delivery_id,
    type: delivery.kind === 'test' ? 'test' : `alert.${delivery.kind}`,
    created_at: iso(delivery.created_at),
    site: { site_id, name: site_name },
    alert: { ...alert, since: iso(since), opened_at: iso(opened_at), resolved_at: iso(resolved_at) },
    url: origin === '' ? null : `${origin}/alerts?site=${encodeURIComponent(site_id)}`,
  })
}

/** `21 Nov 2026, 14:05 UTC`. */
export const when = (ms: number) =>
  `${new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }).format(ms)} UTC`

/** Text without line breaks, control and direction characters. */
export const oneLine = (text: string) =>
  text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
const slackEscaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
/** A word joiner after what chats turn into mentions and links. */
const unmentioned = (text: string) =>
  text.replace(/@(?=\w)/g, '@\u2060').replace(/\b(javascript|data|vbscript):/gi, '$1\u2060:')
