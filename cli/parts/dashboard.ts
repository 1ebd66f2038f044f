/** The built dashboard as a part. */
import { join } from 'node:path'
import { ROOT } from '../config.ts'
import type { Plan } from '../plan.ts'
import { answers, type Part } from './part.ts'

export const dashboardPart = ({ settings, urls, env }: Plan): Part => ({
  name: 'dashboard',
  title: 'Dashboard',
  address: urls.dashboard,
  readyTimeoutMs: 30_000,
  stopTimeoutMs: 10_000,
  command: async () => ({
    argv: [process.execPath, join(ROOT, 'dashboard/main.ts')],
    cwd: ROOT,
    env: {
      ...env,
      HOST: settings.DASHBOARD_HOST,
      PORT: String(settings.DASHBOARD_PORT),
      ORIGIN: env.ORIGIN || urls.dashboard,
      // Seconds an open page's connection may hold up a stop.
      SHUTDOWN_TIMEOUT: env.SHUTDOWN_TIMEOUT || '2',
    },
    ready: () => answers(`${urls.dashboard}/health`),
  }),
})
