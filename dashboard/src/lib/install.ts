/** What a site owner copies: the script, the pixels, and code for applications and servers. */
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

/** The tag of the script. */
export const scriptTag = (edgeUrl: string, siteId: string) =>
  `<script defer src="${edgeUrl}/rtpx.js" data-site="${siteId}"></script>`

/** Lets a page call the script before it is there; sdk/README.md gives the same line. */
export const STUB =
  "window.rtpx||(rtpx={q:[]},['emit','identify','optOut'].forEach(m=>rtpx[m]=(...a)=>rtpx.q.push([m,...a])))"

/** How an application counts, by what it is written in: what to copy, and the package it needs. */
export const codeSnippets = (edgeUrl: string, siteId: string) => [
  {
    name: 'Any page',
    needs: 'the script above',
    code: `<script>
  ${STUB}
  rtpx.emit('registration', { player_id: 'PLAYER_ID', banner_tag: 'BANNER_TAG' })
</script>

<button data-rtpx-event="signup_click" data-rtpx-banner-tag="BANNER_TAG">Join</button>`,
  },
  {
    name: 'React',
    needs: '@rtpx/react',
    code: `import { RtpxProvider, useTracker, useTrackElement } from '@rtpx/react'

<RtpxProvider src="${edgeUrl}/rtpx.js" site="${siteId}" playerId={user?.id ?? null}>
  <App />
</RtpxProvider>

const button = useRef(null)
useTrackElement(button, { click: { event_type: 'signup_click' }, hover: true })

const tracker = useTracker()
tracker.emit('registration', { player_id: 'PLAYER_ID', banner_tag: 'BANNER_TAG' })`,
  },
  {
    name: 'Svelte',
    needs: '@rtpx/svelte',
    code: `import { load, rtpx, track } from '@rtpx/svelte'

load({ src: '${edgeUrl}/rtpx.js', site: '${siteId}' })
rtpx.emit('registration', { player_id: 'PLAYER_ID', banner_tag: 'BANNER_TAG' })

<button {@attach track('click', { event_type: 'signup_click' })}>Join</button>`,
  },
  {
    name: 'Node',
    needs: '@rtpx/node and a server key of the site',
    code: `import { createClient } from '@rtpx/node'

const rtpx = createClient({ url: '${edgeUrl}', key: process.env.RTPX_SERVER_KEY })
rtpx.emit('deposit', {
  player_id: 'PLAYER_ID',
  banner_tag: 'BANNER_TAG',
  amount: '25.00',
  currency: 'EUR',
  transaction_id: 'PAYMENT_ID',
})
await rtpx.close()`,
  },
]

/** One line for a terminal that sends a visit, to see that everything is connected. */
export const curlLine = (edgeUrl: string, siteId: string) =>
  `curl -i '${address(edgeUrl, siteId, 'visit', 'player-1', 'my-first-banner', '&')}'`
