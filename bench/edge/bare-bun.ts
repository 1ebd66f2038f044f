/** `bun bare-bun.ts PORT`: what Bun.serve can do at most: the pixel, and nothing else. */
import { PIXEL_GIF } from '@rtpx/edge/gif'

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  fetch: () =>
    new Response(PIXEL_GIF, { headers: { 'content-type': 'image/gif', 'cache-control': 'no-store' } }),
})
