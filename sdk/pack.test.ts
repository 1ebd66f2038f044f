/** The packages as their users get them: packed by npm, installed offline from the tarball, imported by Node, held to their types. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from './pack.ts'

setDefaultTimeout(120_000)

const ROOT = join(import.meta.dir, '..')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtpx-pack-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs a command in a folder. @throws Error with all it said when it fails */
async function run(cwd: string, ...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')}\n${out}${err}`)
  return out
}

const PACKAGES = [
  {
    name: 'react',
    files: [
      'dist/page/load.d.ts',
      'dist/page/tracker.d.ts',
      'dist/page/watch.d.ts',
      'dist/react/event-tracker.d.ts',
      'dist/react/index.d.ts',
      'dist/react/provider.d.ts',
      'dist/react/use-track-element.d.ts',
      'dist/tracker/fields.d.ts',
      'dist/tracker/types.d.ts',
    ],
    peers: ['react', 'react-dom', 'scheduler', '@types/react', 'csstype'],
    runs: `import { renderToString } from 'react-dom/server'
      import { createElement } from 'react'
      import { RtpxProvider } from '@rtpx/react'
      console.log(renderToString(createElement(RtpxProvider, { src: 'x', site: 's' }, 'inside')))`,
    says: 'inside',
    types: `import { RtpxProvider, useTrackElement, type TrackElementOptions } from '@rtpx/react'
      export const one: TrackElementOptions = { click: { event_type: 'signup', amount: 2n }, hover: true }
      // @ts-expect-error: a click is told by fields
      export const two: TrackElementOptions = { click: 7 }
      export const three = [RtpxProvider({ site: 's', playerId: 3 }), useTrackElement({ current: null })]`,
  },
  {
    name: 'svelte',
    files: [
      'dist/page/load.d.ts',
      'dist/page/tracker.d.ts',
      'dist/page/watch.d.ts',
      'dist/svelte/index.d.ts',
      'dist/tracker/fields.d.ts',
      'dist/tracker/types.d.ts',
    ],
    peers: ['svelte'],
    runs: `import { load, rtpx, track } from '@rtpx/svelte'
      load({ src: 'x', site: 's' }); rtpx.emit('visit'); console.log(typeof track('click'))`,
    says: 'function',
    types: `import { track } from '@rtpx/svelte'
      import type { Attachment } from 'svelte/attachments'
      export const one: Attachment<HTMLElement> = track('click', () => ({ banner_tag: 'b' }))
      // @ts-expect-error: no such action
      export const two = track('look')`,
  },
  {
    name: 'node',
    files: [
      'dist/node/client.d.ts',
      'dist/node/event.d.ts',
      'dist/node/index.d.ts',
      'dist/node/options.d.ts',
      'dist/node/post.d.ts',
      'dist/node/queue.d.ts',
      'dist/node/time.d.ts',
      'dist/tracker/fields.d.ts',
    ],
    peers: [],
    runs: `import { createServer } from 'node:http'
      import { createClient } from '@rtpx/node'
      const server = createServer((request, response) => {
        request.resume().on('end', () => response.writeHead(202).end('{"accepted":1,"rejected":[]}'))
        console.log(request.url, request.headers.authorization, request.headers['content-encoding'])
      }).listen(0, '127.0.0.1', async () => {
        const client = createClient({ url: 'http://127.0.0.1:' + server.address().port, key: 'k', gzipFromBytes: 1 })
        client.emit('visit', { player_id: 'p', banner_tag: 'b' })
        console.log(await client.close(), client.pending)
        server.close()
        server.closeAllConnections()
      })`,
    says: '/api/events Bearer k gzip\n0 0',
    types: `import { type Client, createClient } from '@rtpx/node'
      export const client: Client = createClient({ url: 'x', key: 'k', onRejected: (event, { code }) => console.log(event.event_id, code) })
      export const id: string | undefined = client.emit('deposit', { source_ip: '::1', occurred_at: new Date(), amount: '1' })
      // @ts-expect-error: an address is text
      client.emit('deposit', { source_ip: 7 })`,
  },
] as const

test.each(PACKAGES)(
  '@rtpx/$name: what is packed, installed and imported',
  async ({ name, files, peers, runs, says, types }) => {
    await pack(name, folder)
    const built = join(folder, name)
    const manifest = (await Bun.file(join(built, 'package.json')).json()) as Record<string, unknown>
    expect(manifest).toMatchObject({
      name: `@rtpx/${name}`,
      type: 'module',
      license: expect.any(String),
      files: ['dist'],
    })
    expect(manifest).not.toContainAnyKeys(['dependencies', 'devDependencies', 'scripts', 'private'])

    const dry = JSON.parse(await run(built, 'npm', 'pack', '--dry-run', '--json')) as {
      files: { path: string }[]
    }[]
    expect(dry[0]?.files.map(({ path }) => path).toSorted()).toEqual(
      ['README.md', 'dist/index.js', ...files, 'package.json'].toSorted(),
    )
    const code = await Bun.file(join(built, 'dist/index.js')).text()
    expect(code).not.toMatch(/sourceMappingURL|from ["']\./)

    // A project of its own, with the peers that a user has, and no registry.
    const user = join(folder, `user-of-${name}`)
    await mkdir(user)
    await Bun.write(join(user, 'package.json'), '{"type":"module","private":true}')
    const [{ filename } = { filename: '' }] = JSON.parse(await run(built, 'npm', 'pack', '--json')) as {
      filename: string
    }[]
    await run(
      user,
      'npm',
      'install',
      '--offline',
      '--no-audit',
      '--no-fund',
      '--legacy-peer-deps',
      join(built, filename),
    )
    for (const peer of peers) {
      await mkdir(join(user, 'node_modules', peer, '..'), { recursive: true })
      await symlink(join(ROOT, 'node_modules', peer), join(user, 'node_modules', peer))
    }
    await Bun.write(join(user, 'run.js'), runs)
    expect((await run(user, 'node', 'run.js')).trim()).toBe(says)
    expect((await run(user, process.execPath, 'run.js')).trim()).toBe(says)

    await Bun.write(join(user, 'types.ts'), types)
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'dom'],
      types: [],
    }
    await Bun.write(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }))
    await run(user, process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'))
  },
)
