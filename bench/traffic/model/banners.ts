/** The campaigns of the demo: few, and as different as real ones, so that the table by banner has something to tell. */

export interface Banner {
  readonly tag: string
  /** Its part of all new players. */
  readonly share: number
  /** How many of its visitors register, and how many of those deposit; 0 to 1. */
  readonly registers: number
  readonly deposits: number
  /** Half of its deposits are below this; euros. */
  readonly medianDeposit: number
  /** Part of its players that come on a phone. */
  readonly mobile: number
  /** Where its players come from; '' for none told. */
  readonly referrer: string
}

export const BANNERS: readonly [Banner, ...Banner[]] = [
  banner('spring-bonus-728x90', 0.24, 0.16, 0.3, 30, 0.35, 'https://www.sportsnews.example/football/'),
  banner('welcome-300x250', 0.18, 0.22, 0.38, 40, 0.55, 'https://bestbonus.example/reviews'),
  banner('search-brand', 0.12, 0.45, 0.55, 60, 0.5, 'https://www.google.com/'),
  banner('aff-bestbonus-top5', 0.1, 0.35, 0.5, 55, 0.45, 'https://bestbonus.example/top-5'),
  banner('social-video-9x16', 0.14, 0.06, 0.15, 15, 0.95, 'https://www.instagram.com/'),
  banner('newsletter-november', 0.05, 0.3, 0.6, 45, 0.6, ''),
  banner('aff-streamer-kai', 0.06, 0.28, 0.42, 25, 0.7, 'https://www.twitch.tv/'),
  banner('retarget-160x600', 0.05, 0.4, 0.35, 35, 0.3, 'https://www.weather.example/'),
  banner('native-teaser-b', 0.05, 0.03, 0.1, 20, 0.8, 'https://news.example/world'),
  banner('vip-host-mail', 0.01, 0.7, 0.85, 400, 0.25, ''),
]

function banner(
  tag: string,
  share: number,
  registers: number,
  deposits: number,
  medianDeposit: number,
  mobile: number,
  referrer: string,
): Banner {
  return { tag, share, registers, deposits, medianDeposit, mobile, referrer }
}
