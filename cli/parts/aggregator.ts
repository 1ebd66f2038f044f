/** The aggregator as a part. */
import { join } from 'node:path'
import { ROOT } from '../config.ts'
import type { Plan } from '../plan.ts'
import { answers, type Part } from './part.ts'

export const aggregatorPart = ({ urls, env }: Plan): Part => ({
  name: 'aggregator',
  title: 'Aggregator',
  address: urls.aggregator,
  readyTimeoutMs: 30_000,
  // A job that runs may finish; it is safe to kill half-way.
  stopTimeoutMs: 15_000,
  command: async () => ({
    argv: [process.execPath, join(ROOT, 'aggregator/main.ts')],
    cwd: ROOT,
    env,
    ready: () => answers(`${urls.aggregator}/health`),
  }),
})
