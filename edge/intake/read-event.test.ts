import { describe, expect, test } from 'bun:test'
import { EventSchema } from '@rtpx/kafka/event'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import fc from 'fast-check'
import { Directory } from '../sites/directory.ts'
import { dayOfSite } from '../sites/local-day.ts'
import { FRESH } from '../sites/registry.ts'
import { TEST_NOW } from '../testing.ts'
import { BODY_NAMES } from './fields.ts'
import { type Judge, readEvent } from './read-event.ts'
import { Refusal } from './refusal.ts'
import { type Sent, sentObject } from './sent.ts'

const contract = TypeCompiler.Compile(EventSchema)
const directory = new Directory(FRESH)
const judge: Judge = {
  findSite: (key, domains) => directory.find(key, domains),
  dayOf: dayOfSite(),
  describe: () => ({}),
  countryOf: () => undefined,
  keepAddress: (_, address) => address,
  now: () => TEST_NOW,
  newId: () => '01a1fc90-3b00-75c4-bcc9-1dadf5ba579c',
}

/** Strings as strangers send them: controls, lone surrogates, long ones, numbers in disguise. */
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 3000 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    '__proto__',
    '1e400',
    '-0',
    '18446744073709551616',
    'NaN',
    '12.50',
    'a\nb',
    '\u2028',
  ),
)
const hostileValue = fc.oneof(
  hostileText,
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(null, true, 2 ** 64),
  fc.jsonValue(),
)
const hostileName = fc.oneof(
  fc.constantFrom(...BODY_NAMES.keys(), 'metadata', 'viewport', 'page_url', '__proto__', 'constructor'),
  hostileText,
)

const sentPairs = (pairs: readonly (readonly [string, unknown])[]): Sent => ({
  names: pairs.map(([name]) => name),
  values: pairs.map(([, value]) => value),
})

describe('readEvent', () => {
  test('accepts only what satisfies the contract and survives a round trip, and refuses the rest with a reason', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(hostileName, hostileValue), { maxLength: 12 }),
        fc.constantFrom(undefined, 'visit', 'click'),
        fc.boolean(),
        (pairs, type, isServer) => {
          const judged = readEvent(sentPairs(pairs), BODY_NAMES, { isServer }, judge, type)
          if (judged instanceof Refusal) {
            expect(judged.code).toMatch(/^[a-z_]+$/)
            expect(judged.message).not.toBe('')
            return
          }
          const line = JSON.stringify(judged.event)
          const back = JSON.parse(line) as object
          expect([...contract.Errors(back)]).toEqual([])
          expect(line.isWellFormed()).toBe(true)
          expect(line).not.toContain('\n')
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('a number keeps fifteen digits of an amount, text all of them; what shows more is refused', () => {
    const amountOf = (body: string) => {
      const sent = sentObject(JSON.parse(`{"event_type":"purchase","currency":"EUR","amount":${body}}`))
      const judged = readEvent(sent, BODY_NAMES, { isServer: false }, judge)
      return judged instanceof Refusal ? judged.code : judged.event.amount
    }
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,14})(\.\d{0,7}[1-9])?$/)
    fc.assert(
      fc.property(digits, (text) => {
        expect(amountOf(`"${text}"`)).toBe(text)
        const isShort = text.replace('.', '').replace(/^0+/, '').length <= 15
        if (isShort && !/^0\.0{6}/.test(text)) expect(amountOf(text)).toBe(text)
        // What JSON.parse has rounded to fewer digits cannot be told from what was sent so.
        else expect([String(Number(text)), 'bad_field']).toContain(amountOf(text) ?? '')
      }),
      { numRuns: 2000 },
    )
    for (const inexact of ['18446744073709551616', '9007199254740991.4', '123456789012.34567891', '1e19'])
      expect(amountOf(inexact)).toBe('bad_field')
    expect(amountOf('"18446744073709551616"')).toBe('18446744073709551616')
  })

  test('leaves no trace of a name that would be special on an object', () => {
    const event = readEvent(
      sentObject(JSON.parse('{"__proto__":"x","event_type":"click"}')),
      BODY_NAMES,
      { isServer: false },
      judge,
    )
    expect(event).toMatchObject({ event: { metadata: '{"__proto__":"x"}' } })
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })
})
