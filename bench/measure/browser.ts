/** The browser of a bench: it goes with the rest, and so do its temporary files. */
import { launchBrowser } from '@rtpx/e2e/browser'
import type { Browser } from 'playwright-core'
import type { Cleanup } from './cleanup.ts'

/** @throws when there is no Chromium, saying what to install */
export function openBrowser(folder: string, cleanup: Cleanup): Promise<Browser> {
  return cleanup.hold(
    () =>
      launchBrowser({
        // Playwright's own answer to Ctrl-C ends this process, whatever else is still to be stopped.
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
        env: { ...process.env, TMPDIR: folder },
      }),
    (started) => started.close(),
  )
}
