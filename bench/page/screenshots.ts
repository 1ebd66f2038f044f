/**
 * `bun run screenshots`: pictures of every page over a month of the demo's traffic, for docs/dashboard.md: wide in the light, and as a phone
 * has them in the dark.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownerHeaders } from '@rtpx/cli/owner'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { openBrowser } from '../measure/browser.ts'
import { Cleanup } from '../measure/cleanup.ts'
import { onInterrupt } from '../measure/interrupt.ts'
import { monthOfDemo } from './filled.ts'
import { openQuiet, signedIn } from './visit.ts'

const FOLDER = join(import.meta.dir, '../../docs/screenshots')
const PAGES = {
  overview: '/',
  realtime: '/realtime',
  campaigns: '/campaigns',
  pages: '/pages',
  funnels: '/funnels',
  retention: '/retention',
  players: '/players',
  quality: '/quality',
  alerts: '/alerts',
  sql: '/sql',
  status: '/status',
  install: '/install',
} as const
const LOOKS = {
  'wide-light': { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  'phone-dark': { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
} as const satisfies Record<string, BrowserContextOptions>
const QUALITY = 55

async function picture(
  browser: Browser,
  url: string,
  cookie: string,
  look: keyof typeof LOOKS,
  file: string,
) {
  const context = await signedIn(browser, url, cookie, LOOKS[look])
  const page = await context.newPage()
  await openQuiet(page, url)
  const session = await context.newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY })
  await Bun.write(join(FOLDER, file), Buffer.from(data, 'base64'))
  await context.close()
}

const cleanup = new Cleanup()
onInterrupt(() => cleanup)
const folder = mkdtempSync(join(tmpdir(), 'rtpx-screenshots-'))
cleanup.add(() => rmSync(folder, { recursive: true, force: true }))
try {
  mkdirSync(FOLDER, { recursive: true })
  const say = (line: string) => console.error(line)
  const { dashboard } = await monthOfDemo({ quick: true, folder, cleanup, say })
  const { cookie } = await ownerHeaders(dashboard)
  const browser = await openBrowser(folder, cleanup)
  for (const [name, path] of Object.entries(PAGES))
    for (const look of Object.keys(LOOKS) as (keyof typeof LOOKS)[])
      await picture(browser, `${dashboard}${path}`, cookie, look, `${name}-${look}.webp`)
} finally {
  await cleanup.run()
}
process.exit()
