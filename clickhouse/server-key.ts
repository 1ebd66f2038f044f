/** The install's own server key: what `replay`, `demo` and the owner's servers send events with. The registry holds only its hash. */
import type { ClickHouse } from './client.ts'
import { addServerKey } from './queries/sites.ts'
import { installSecret, secretFile } from './secret.ts'

const NAME = 'server-key'

/** Where the key of an install is kept. */
export function serverKeyFile(dataDir: string): string {
  return secretFile(dataDir, NAME)
}

/** Makes the key when there is none and registers it for the first site. */
export async function ensureServerKey(clickhouse: ClickHouse, dataDir: string): Promise<void> {
  const key = await installSecret(dataDir, NAME)
  await addServerKey(clickhouse, 'default', new Bun.CryptoHasher('sha256').update(key).digest('hex'))
}
