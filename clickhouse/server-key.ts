/**
 * The install's own server key: what `replay`, `demo` and the owner's servers send events with.
 * Made on first start, kept in `<data>/secrets/server-key` (0600); the registry holds only its hash.
 */
import { chmod, mkdir, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ClickHouse } from './client.ts'
import { addServerKey } from './queries/sites.ts'

/** Where the key of an install is kept. */
export function serverKeyFile(dataDir: string): string {
  return resolve(dataDir, 'secrets/server-key')
}

/** Makes the key when there is none and registers it for the first site. */
export async function ensureServerKey(clickhouse: ClickHouse, dataDir: string): Promise<void> {
  const file = serverKeyFile(dataDir)
  await mkdir(resolve(dataDir, 'secrets'), { recursive: true, mode: 0o700 })
  await makeOnce(file)
  const key = (await Bun.file(file).text()).trim()
  await addServerKey(clickhouse, 'default', new Bun.CryptoHasher('sha256').update(key).digest('hex'))
}

/** Writes a fresh key of 256 random bits, unless the file is there. */
async function makeOnce(file: string): Promise<void> {
  const key = crypto
    .getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: 'base64url', omitPadding: true })
  try {
    const handle = await open(file, 'wx', 0o600)
    await handle.writeFile(`${key}\n`)
    await handle.sync()
    await handle.close()
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
    await chmod(file, 0o600)
  }
}
