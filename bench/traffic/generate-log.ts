/** `bun bench/traffic/generate-log.ts [--lines 10000] [--seed 1]`: an access log on standard output. */
import { parseArgs } from 'node:util'
import { generateLog } from './access-log/generate.ts'

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
})
const [lines, seed] = [Number(values.lines), Number(values.seed)]
if (!Number.isSafeInteger(lines) || lines < 0 || !Number.isSafeInteger(seed)) {
  console.error('--lines and --seed are whole numbers')
  process.exit(1)
}
const out = Bun.stdout.writer()
for (const line of generateLog({ seed, lines, from: Date.UTC(2026, 0, 1), unreadable: 0 }))
  out.write(`${line}\n`)
await out.end()
