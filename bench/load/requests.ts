/** What is sent, made beforehand: as `wrk.lua` sends it too. The edge gives each event its id, so none is a repetition. */

export const AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0'
export const REFERER = 'https://shop.example/offer'
export const ACCEPT = 'image/avif,image/webp,*/*'
const PLAYERS = 10_000
const BODIES = 16

/** Visits of 10,000 players by 20 banners. */
export const pixelPaths = (): string[] =>
  Array.from({ length: PLAYERS }, (_, i) => `/visit?player_id=p${i}&banner_tag=b${i % 20}`)

/** Batches of so many events, each one line of JSON, as a server or the tracker sends them. */
export const batchBodies = (size: number): string[] =>
  Array.from({ length: BODIES }, (_, i) =>
    JSON.stringify(Array.from({ length: size }, (_, j) => pageView(i * size + j))),
  )

const pageView = (n: number) => ({
  event_type: 'page_view',
  visitor_id: `v${n % 5_000}`,
  player_id: `p${n % PLAYERS}`,
  banner_tag: `b${n % 20}`,
  domain: 'shop.example',
  path: `/offer/${n % 50}`,
})
