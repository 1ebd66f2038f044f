/** Secrets of an install: made on first start, kept in `<data>/secrets/` (0600). Whoever asks first makes it, whole; all others read the same. */
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/** Where a secret of an install is kept. */
export function secretFile(dataDir: string, name: string): string {
  return resolve(dataDir, 'secrets', name)
}

/** The secret of that name, 256 random bits as base64url; made when there is none. */
export async function installSecret(dataDir: string, name: string): Promise<string> {
  const file = secretFile(dataDir, name)
  await mkdir(resolve(dataDir, 'secrets'), { recursive: true, mode: 0o700 })
  if (!(await Bun.file(file).exists())) await make(file)
  return (await readFile(file, 'utf8')).trim()
}

/** Written aside and linked into place, so that nobody reads half a secret and the first one stays. */
async function make(file: string): Promise<void> {
  const fresh = `${file}.${crypto.randomUUID()}`
  const bits = crypto.getRandomValues(new Uint8Array(32))
  await writeFile(fresh, `${bits.toBase64({ alphabet: 'base64url', omitPadding: true })}\n`, {
    mode: 0o600,
    flush: true,
  })
  try {
    await link(fresh, file)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  } finally {
    await unlink(fresh)
  }
}
