/** Where alerts are told: one schema a kind of channel, and what of it may be shown. The rest is a secret of the install (`../seal.ts`). */
import { type Static, Type } from '@sinclair/typebox'
import type { ChannelKind } from '../queries/alerts.ts'
import { checked, InvalidInput } from './rule.ts'

const ADDRESS = '^[^\\s@<>,;:"\\\\()\\[\\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$'
const url = Type.String({ maxLength: 2_048, description: 'https://… or http://…, without a login in it' })

export const TARGETS = {
  email: Type.Object(
    {
      to: Type.Array(Type.String({ pattern: ADDRESS, maxLength: 254 }), {
        minItems: 1,
        maxItems: 20,
        uniqueItems: true,
      }),
    },
    { additionalProperties: false },
  ),
  slack: Type.Object({ url }, { additionalProperties: false }),
  webhook: Type.Object(
    { url, secret: Type.String({ minLength: 16, maxLength: 128 }) },
    { additionalProperties: false },
  ),
} as const

export type Target = { [Kind in ChannelKind]: { kind: Kind } & Static<(typeof TARGETS)[Kind]> }[ChannelKind]

/** Where a channel leads, as sent or unsealed. @throws InvalidInput */
export function checkTarget(kind: ChannelKind, value: unknown): Target {
  const target = { kind, ...checked(TARGETS[kind], value, '/target') } as Target
  if ('url' in target) checkUrl(target.url)
  return target
}

function checkUrl(text: string): void {
  const refused = (words: string) => new InvalidInput('target.url', `target.url: ${words}`)
  const parsed = URL.parse(text)
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw refused('an address that begins with https://')
  if (parsed.username || parsed.password) throw refused('it must not contain a login')
}

/** What anyone may see of where a channel leads: the host of an address, the first letter of a person. */
export function shownOf(target: Target): string {
  if (target.kind !== 'email') return new URL(target.url).host
  const [first = '', ...others] = target.to.map((address) => {
    const [name = '', host = ''] = address.split('@')
    return `${name.slice(0, 1)}…@${host}`
  })
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
