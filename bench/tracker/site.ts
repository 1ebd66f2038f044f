/** Two sites on free ports: pages of a customer, and the real edge their tracker reports to, with memory for a queue. */
import { testEdge } from '@rtpx/edge/testing'

/** A script of one line that reports once: what any tracker costs that waits for an answer. */
const ONE_LINE =
  "{const u=new URL('api/events',document.currentScript.src);setTimeout(()=>fetch(u,{method:'POST',body:'{}',keepalive:true}),200)}"

/** The scripts in turn; each page is called like its script. */
export const CASES = ['none', 'empty', 'line', 'tracker', 'scripted'] as const
export type Case = (typeof CASES)[number]

const TEXT = '<p>What a page says, a line of it.</p>'.repeat(30)
/** As on nearly every page, one of its own scripts has touched an element before. */
const OWN_SCRIPT = "<script>document.querySelector('meta').title=document.currentScript.src</script>"

export function openSites() {
  const edge = testEdge({ now: Date.now })
  const javascript = (text: string) =>
    new Response(text, { headers: { 'content-type': 'text/javascript; charset=utf-8' } })
  const edgeServer = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      if (pathname === '/empty.js') return javascript('')
      if (pathname === '/line.js') return javascript(ONE_LINE)
      const body = request.method === 'POST' ? await request.text() : null
      return edge.send(pathname + search, { method: request.method, headers: request.headers, body })
    },
  })
  let visits = 0
  const tagOf = (name: Case) => {
    visits += 1
    // An address of its own for each visit: everybody's first one finds nothing in a cache.
    const script = `${edgeServer.url}${name === 'empty' || name === 'line' ? name : 'rtpx'}.js?${visits}`
    return name === 'none' ? '' : `<script defer src="${script}" data-site="default"></script>`
  }
  const siteServer = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const name = CASES.find((one) => `/${one}` === new URL(request.url).pathname)
      if (!name) return new Response('', { status: 404 })
      const head = `<meta charset="utf-8"><title>Page</title><link rel="icon" href="data:,">${name === 'scripted' ? OWN_SCRIPT : ''}${tagOf(name)}`
      return new Response(`<!doctype html><html><head>${head}</head><body>${TEXT}</body></html>`, {
        headers: { 'content-type': 'text/html' },
      })
    },
  })
  return {
    pageOf: (name: Case) => `${siteServer.url}${name}`,
    scriptOf: (name: Case) => (name === 'none' ? undefined : edgeServer.url.host),
    /** Events the edge has accepted. */
    accepted: () => edge.events().length,
    stop: () => Promise.all([siteServer.stop(true), edgeServer.stop(true)]),
  }
}
