/** An edge whose clock jumps: hours ahead, hours back, and to where it was, while the clocks of Kafka and ClickHouse go on. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Outcome, runDrill } from './drill.ts'
import type { System } from './system.ts'

/** The library that shifts a process's clock; undefined where it is not installed (Debian: faketime). */
export function clockShifter(): string | undefined {
  const folders = ['', ...readdirSync('/usr/lib')].map((folder) => join('/usr/lib', folder, 'faketime'))
  return folders.map((folder) => join(folder, 'libfaketimeMT.so.1')).find((file) => existsSync(file))
}

/** The jumps of the drill, as faketime writes them. */
const JUMPS = ['+3h', '-2h', '+0']

/** @param library of `clockShifter`. @param stayMs how long the clock is off each time */
export function clockJump(system: System, library: string, stayMs: number): Promise<Outcome> {
  const name = 'clock_jump'
  mkdirSync(join(system.folder, name), { recursive: true })
  const shift = join(system.folder, name, 'shift')
  writeFileSync(shift, '+0')
  return runDrill(system, {
    name,
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: shift,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    async fault() {
      for (const jump of JUMPS) {
        writeFileSync(shift, jump)
        await Bun.sleep(stayMs)
      }
    },
  })
}
