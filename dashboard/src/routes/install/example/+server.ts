/**
 * `GET /install/example?site=` → a page as a customer's: it loads the real script from the edge and fires real events.
 *
 * - In a sandbox of its own: whatever the edge serves as its script has nothing of the dashboard's origin.
 */
import { examplePage } from '#lib/server/example-page.ts'
import { respondJson } from '#lib/server/page.ts'
import type { RequestHandler } from './$types'

export const GET: RequestHandler = (event) =>
  respondJson(event, 'players', async ({ services, site }) => {
    const edgeUrl = services.config.EDGE_URL.replace(/\/+$/, '')
    const nonce = crypto.randomUUID()
    const { origin } = new URL(edgeUrl)
    return new Response(examplePage(edgeUrl, site.site_id, nonce), {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-frame-options': 'SAMEORIGIN',
        'content-security-policy': `sandbox allow-scripts; default-src 'none'; script-src ${origin}; connect-src ${origin}; img-src data:; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
      },
    })
  })
