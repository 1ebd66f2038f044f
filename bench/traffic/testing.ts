/** An edge for tests of senders: the edge's own test edge on a real port, with one server key and the machine's clock. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashOf } from '@rtpx/edge/sites/directory'
import { FRESH } from '@rtpx/edge/sites/registry'
import { testEdge } from '@rtpx/edge/testing'

const KEY = 'a-server-key-for-tests-only'

/** Listens on a free port of the loopback until `stop`. */
export function listeningEdge() {
  const dataDir = mkdtempSync(join(tmpdir(), 'rtpx-traffic-'))
  const edge = testEdge({
    sites: FRESH.map((site) => ({ ...site, key_hashes: [hashOf(KEY)] })),
    now: Date.now,
    limits: { maxPendingBytes: 67_108_864 },
  })
  const requests: Request[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      requests.push(request)
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      return edge.send(pathname + search, { method, headers, body: await request.arrayBuffer() })
    },
  })
  return {
    ...edge,
    dataDir,
    /** Every request, in order of arrival. */
    requests: requests as readonly Request[],
    edgeUrl: server.url.origin,
    serverKey: KEY,
    /** Runs a command of this folder against the edge, as a person would. */
    async run(script: string, args: readonly string[], interruptAfterMs?: number) {
      const child = Bun.spawn([process.execPath, join(import.meta.dir, script), ...args], {
        env: { ...process.env, EDGE_URL: server.url.origin, RTPX_DATA: dataDir, SERVER_KEY: KEY },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      })
      const timer = interruptAfterMs && setTimeout(() => child.kill('SIGINT'), interruptAfterMs)
      const [out, error] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ])
      if (timer) clearTimeout(timer)
      return { code: await child.exited, out, error }
    },
    async stop() {
      await server.stop(true)
      rmSync(dataDir, { recursive: true })
    },
  }
}
