/** The edge as a part. */
import { join } from 'node:path'
import { HEAP_ENVIRONMENT } from '@rtpx/edge/heap'
import { ROOT } from '../config.ts'
import type { Plan } from '../plan.ts'
import { answers, type Part } from './part.ts'

export const edgePart = ({ urls, env }: Plan): Part => ({
  name: 'edge',
  title: 'Edge',
  address: urls.edge,
  readyTimeoutMs: 30_000,
  // It makes durable what it took in before it leaves.
  stopTimeoutMs: 20_000,
  command: async () => ({
    argv: [process.execPath, join(ROOT, 'edge/main.ts')],
    cwd: ROOT,
    env: { ...env, ...HEAP_ENVIRONMENT },
    ready: () => answers(`${urls.edge}/health`),
  }),
})
