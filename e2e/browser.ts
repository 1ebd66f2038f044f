/** The real Chromium, as tests want it. */
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']

/** @throws when there is none, saying what to install */
export function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? PROGRAMS.map((name) => Bun.which(name)).find(Boolean)
  if (!executablePath) throw new Error('no Chromium: install the package chromium, or set CHROMIUM_PATH')
  const quiet = [
    '--no-first-run',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  const args = process.getuid?.() === 0 ? [...quiet, '--no-sandbox'] : quiet
  return chromium.launch({ executablePath, args, ...options })
}
