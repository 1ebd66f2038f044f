/** What a User-Agent header tells: browser, system, kind of device, and whether it is a known bot. */
import type { Event } from '@rtpx/kafka/event'
import { isbot } from 'isbot'
import { UAParser } from 'ua-parser-js'
import { Generations } from '../limits/generations.ts'

export type Client = Pick<Event, 'device' | 'browser' | 'os' | 'is_bot'>

/** A function that describes user agents; parsing takes tens of microseconds, so recent answers are kept. */
export function userAgentReader(capacity = 10_000): (userAgent: string) => Client {
  const known = new Generations<string, Client>(capacity)
  return (userAgent) => {
    const seen = known.get(userAgent)
    if (seen) return seen
    const client = describe(userAgent)
    known.set(userAgent, client)
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
