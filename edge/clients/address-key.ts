/** The secret that addresses are hashed with: given, or made on first start and kept in `<data>/secrets/address-key` (0600). */
import { mkdir, open, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/** @param given the configured key; empty to keep one of this machine */
export async function addressKey(given: string, dataDir: string): Promise<string> {
  if (given !== '') return given
  const file = resolve(dataDir, 'secrets/address-key')
  await mkdir(resolve(dataDir, 'secrets'), { recursive: true, mode: 0o700 })
  try {
    const handle = await open(file, 'wx', 0o600)
    await handle.writeFile(crypto.getRandomValues(new Uint8Array(32)).toHex())
    await handle.sync()
    await handle.close()
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  }
  return readFile(file, 'utf8')
}
