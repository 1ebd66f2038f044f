/**
 * What a POST carries: one event, an array, `{ "events": [...] }` or newline-separated JSON, as text or gzip.
 *
 * - A line or element that is no event is refused alone; the others count.
 * - Bounded before and after decompression.
 */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Refusal } from './refusal.ts'

export const MAX_BODY_BYTES = 1_048_576
export const MAX_EVENTS = 1_000

/** The elements of a body, each an object to judge or already a refusal; or why the whole body is refused. */
export async function readBody(
  body: Uint8Array,
  contentEncoding: string | null,
): Promise<(object | Refusal)[] | Refusal> {
  const bytes = await decompress(body, contentEncoding)
  if (bytes instanceof Refusal) return bytes
  if (bytes.length > MAX_BODY_BYTES) return tooLarge()
  const text = utf8(bytes)
  if (text === undefined) return new Refusal('bad_json', '', 'the body is not UTF-8')
  const elements = elementsOf(text)
  if (elements instanceof Refusal) return elements
  if (elements.length === 0) return new Refusal('no_events', '', 'the body holds no event')
  if (elements.length > MAX_EVENTS) return tooMany()
  return elements.map((element) =>
    isObject(element) ? element : new Refusal('bad_event', '', 'an event must be a JSON object'),
  )
}

function tooLarge(): Refusal {
  return new Refusal('body_too_large', '', `the body is larger than ${MAX_BODY_BYTES} bytes`)
}

function tooMany(): Refusal {
  return new Refusal('too_many_events', '', `the body holds more than ${MAX_EVENTS} events`)
}

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip)

async function decompress(body: Uint8Array, encoding: string | null): Promise<Uint8Array | Refusal> {
  if (encoding === null || encoding === 'identity') return body
  if (encoding !== 'gzip') return new Refusal('bad_body_encoding', '', 'the body must be plain or gzip')
  try {
    return await inflate(body, { maxOutputLength: MAX_BODY_BYTES })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge()
    return new Refusal('bad_body_encoding', '', 'the body is not valid gzip')
  }
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function elementsOf(text: string): unknown[] | Refusal {
  const whole = parse(text)
  if (whole instanceof Refusal) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    // Before they are parsed: a million lines that are no JSON would be a million exceptions.
    if (lines.length > MAX_EVENTS) return tooMany()
    return lines.length < 2 ? whole : lines.map(parse)
  }
  if (Array.isArray(whole)) return whole
  if (isObject(whole) && 'events' in whole && Array.isArray(whole.events)) return whole.events
  return [whole]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return new Refusal('bad_json', '', 'not valid JSON')
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
