/** What a User-Agent header tells: browser, system, kind of device, and whether it is a known bot. */
import type { Event } from '@rtpx/kafka/event'
import { isbot } from 'isbot'
import { UAParser } from 'ua-parser-js'

export type Client = Pick<Event, 'device' | 'browser' | 'os' | 'is_bot'>

/** Parsing takes tens of microseconds and sites see the same few thousand agents, so answers are kept. */
const KEPT = 10_000

/** A function that describes user agents and remembers recent ones; bounded, whatever strangers send. */
export function userAgentReader(kept = KEPT): (userAgent: string) => Client {
  let recent = new Map<string, Client>()
  let older = new Map<string, Client>()
  return (userAgent) => {
    const fresh = recent.get(userAgent)
    if (fresh) return fresh
    const client = older.get(userAgent) ?? describe(userAgent)
    if (recent.size >= kept / 2) {
      older = recent
      recent = new Map()
    }
    recent.set(userAgent, client)
    return client
  }
}

/** Fields the agent does not tell are absent. */
function describe(userAgent: string): Client {
  const { browser, os, device } = UAParser(userAgent)
  const is_bot = isbot(userAgent)
  const kind = device.type ?? (os.name && !is_bot ? 'desktop' : undefined)
  return {
    ...(kind && { device: kind.slice(0, 16) }),
    ...(browser.name && { browser: browser.name.slice(0, 64) }),
    ...(os.name && { os: os.name.slice(0, 64) }),
    ...(is_bot && { is_bot }),
  }
}
