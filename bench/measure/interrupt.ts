/**
 * Ctrl-C, a kill or a closed terminal while a bench runs: what was started is taken back, then the process ends.
 *
 * What was under way fails as its parts go away; none of that ends the process before everything is taken back.
 */
import type { Cleanup } from './cleanup.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** As shells say it of a program that Ctrl-C ended. */
const INTERRUPTED = 130
const FAILED = 2

/** @param current what is to be taken back at that moment. @returns whether it has begun */
export function onInterrupt(current: () => Cleanup): () => boolean {
  let interrupted = false
  const end = async (code: number, why: string) => {
    if (interrupted) return
    interrupted = true
    console.error(why)
    await current().run()
    process.exit(code)
  }
  for (const signal of SIGNALS) process.on(signal, () => void end(INTERRUPTED, '\nstopping what was started'))
  for (const failure of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(failure, (error: unknown) => void end(FAILED, (error as Error)?.message ?? String(error)))
  return () => interrupted
}
