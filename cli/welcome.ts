/** What is printed when everything is ready: where things are, and a pixel to paste. */
import { firstOwner } from './first-owner.ts'
import type { Urls } from './state.ts'

export interface Running {
  readonly queue: 'kafka' | 'direct'
  readonly brokers?: string
  readonly urls: Urls
  /** Public address of the edge, when it is not `urls.edge`. */
  readonly env?: Readonly<Record<string, string>>
}

/** A pixel to paste into a page. */
export const pixelTag = (edgeUrl: string) =>
  `<img src="${edgeUrl}/visit?player_id=PLAYER&amp;banner_tag=BANNER" width="1" height="1" alt="">`

/** @param tookMs how long the start took; absent when it was up before */
export function welcome(running: Running, tookMs: number | undefined, coloured: boolean): string {
  const bold = (text: string) => (coloured ? `\x1b[1m${text}\x1b[0m` : text)
  const { urls, brokers, env = {} } = running
  const owner = firstOwner(urls.dashboard, env)
  const rows = [
    ['Dashboard', bold(urls.dashboard)],
    ...(owner ? [['Owner', owner]] : []),
    ['Pixel', pixelTag(env.EDGE_URL ?? urls.edge)],
    ['SQL', `${urls.clickhouse}  (bun run db)`],
    ['Events', brokers ? `through Kafka at ${brokers}  (bun run topic tail)` : 'straight into ClickHouse'],
  ]
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(10)} ${value}`)
  const took = tookMs === undefined ? '' : `Ready in ${(tookMs / 1000).toFixed(1)} s\n`
  return `\n${took}${lines.join('\n')}\n`
}
