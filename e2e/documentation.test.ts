/** Every command of the documentation, run as it stands there: only ports and the data folder are this test's own. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ownerHeaders } from '@rtpx/cli/owner'
import { type System, startSystem } from '@rtpx/cli/system'

setDefaultTimeout(120_000)

const ROOT = join(import.meta.dir, '..')
/** What starts or ends the whole, or runs every test: `up` is what this test stands on, and `verify` runs this test. */
const NOT_HERE = /^npx -y bun@1\.4\.5 run (up|verify)\b/

let system: System
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rtpx-docs-'))
  system = await startSystem({ dataDir, queue: 'direct', ports: 'free' })
  // Whoever reads on has made theirs at the first visit.
  await ownerHeaders(system.urls.dashboard)
})
afterAll(async () => {
  await system?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const files = ['README.md', ...new Bun.Glob('docs/*.md').scanSync(ROOT)].sort()
const blocks = (
  await Promise.all(
    files.map(async (file) => {
      const text = await Bun.file(join(ROOT, file)).text()
      return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => ({
        file,
        script: match[1]?.trim() ?? '',
      }))
    }),
  )
)
  .flat()
  .filter(({ script }) => !NOT_HERE.test(script))

test('there are commands to run', () => {
  expect(blocks.length).toBeGreaterThan(5)
})

test.each(blocks)('$file: $script', async ({ script }) => {
  const child = Bun.spawn(['bash', '-euo', 'pipefail', '-c', here(script)], {
    cwd: ROOT,
    env: { ...process.env, ...system.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
  expect(out).not.toMatch(/HTTP\/1\.1 (?!200|202)/)
})

/** The script with this test's addresses and data folder, and this Bun. */
function here(script: string): string {
  return script
    .replaceAll('http://127.0.0.1:8787', system.urls.edge)
    .replaceAll('http://127.0.0.1:3000', system.urls.dashboard)
    .replaceAll('.data/', `${dataDir}/`)
    .replaceAll('npx -y bun@1.4.5', `'${process.execPath}'`)
}
