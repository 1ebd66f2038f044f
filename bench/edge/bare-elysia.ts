/** `bun bare-elysia.ts PORT`: what Elysia adds to that: one route, one query. */
import { PIXEL_GIF } from '@rtpx/edge/gif'
import { Elysia } from 'elysia'

new Elysia()
  .get('/visit', ({ query }) =>
    query.player_id && query.banner_tag
      ? new Response(PIXEL_GIF, { headers: { 'content-type': 'image/gif', 'cache-control': 'no-store' } })
      : new Response(null, { status: 400 }),
  )
  .listen({ hostname: '127.0.0.1', port: Number(process.argv[2]) })
