import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A bench of a child, a folder, something still beginning and a promise that nobody waits for. */
const BENCH = `
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from './child.ts'
import { Cleanup } from './cleanup.ts'
import { onInterrupt } from './interrupt.ts'
const cleanup = new Cleanup()
onInterrupt(() => cleanup)
const folder = mkdtempSync(join(tmpdir(), 'rtpx-interrupt-'))
cleanup.add(() => rmSync(folder, { recursive: true }))
const child = startChild({ command: ['sleep', '60'], logFile: join(folder, 'log') }, cleanup)
void child.exited.then(() => Promise.reject(new Error('nobody waits for this')))
const begun = cleanup.hold(() => Bun.sleep(200).then(() => 'begun'), () => console.log('undone'))
console.log(JSON.stringify({ folder, pid: child.pid }))
await begun
await Bun.sleep(60_000)
`

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'after %s nothing is left, also of what was just beginning, whatever fails meanwhile',
  async (signal) => {
    const bench = Bun.spawn([process.execPath, '-e', BENCH], {
      cwd: import.meta.dir,
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const output = bench.stdout.pipeThrough(new TextDecoderStream()).getReader()
    const { value = '' } = await output.read()
    const { folder, pid } = JSON.parse(value) as { folder: string; pid: number }
    expect(existsSync(join(folder, 'log'))).toBe(true)
    bench.kill(signal)
    expect(await bench.exited).toBe(130)
    expect((await output.read()).value).toBe('undone\n')
    expect(existsSync(folder)).toBe(false)
    expect(() => process.kill(pid, 0)).toThrow()
  },
)
