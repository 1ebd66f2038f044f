/** The pixels to copy: one per type, ready but for the two values the site puts in. */
import { MAIN_TYPES, type MainType } from './metric.ts'

export interface Snippet {
  readonly type: MainType
  readonly when: string
  readonly tag: string
}

const WHEN: Record<MainType, string> = {
  visit: 'On every page a banner leads to',
  registration: 'On the page after a registration',
  deposit: 'On the page after a deposit',
}

const address = (
  edgeUrl: string,
  siteId: string,
  type: MainType,
  player: string,
  banner: string,
  and: string,
) =>
  `${edgeUrl}/${type}?player_id=${player}${and}banner_tag=${banner}${siteId === 'default' ? '' : `${and}site=${encodeURIComponent(siteId)}`}`

/** The image tags of a site, in the order a player meets them. */
export const pixelSnippets = (edgeUrl: string, siteId: string): Snippet[] =>
  MAIN_TYPES.map((type) => ({
    type,
    when: WHEN[type],
    tag: `<img src="${address(edgeUrl, siteId, type, 'PLAYER_ID', 'BANNER_TAG', '&amp;')}" width="1" height="1" alt="">`,
  }))

/** One line for a terminal that sends a visit, to see that everything is connected. */
export const curlLine = (edgeUrl: string, siteId: string) =>
  `curl -i '${address(edgeUrl, siteId, 'visit', 'player-1', 'my-first-banner', '&')}'`
