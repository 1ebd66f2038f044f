/**
 * Texts that only this install can read: AES-256-GCM with a key of the install. What a text belongs to is bound to it, so that nobody can
 * move it to another place.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { str } from 'envalid'
import { installSecret } from './secret.ts'

export const sealVariables = {
  SEAL_KEY: str({
    default: '',
    desc: 'Secret that webhooks and addresses of alerts are encrypted with, the same for dashboard and aggregator; empty: one is made and kept in RTPX_DATA',
  }),
}

export interface Sealer {
  /** @param belongsTo identity of what the text belongs to */
  seal(belongsTo: string, text: string): string
  /** @throws Error when it was sealed with another key, belongs to something else or was changed */
  open(belongsTo: string, sealed: string): string
}

const VERSION = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** @param secret any length; what is sealed with one can be opened with the same only */
export function sealerOf(secret: string): Sealer {
  const key = createHash('sha256').update(`rtpx seal ${secret}`).digest()
  return {
    seal(belongsTo, text) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(belongsTo))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return `${VERSION}.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`
    },
    open(belongsTo, sealed) {
      const [version, body = ''] = sealed.split('.')
      const bytes = Buffer.from(body, 'base64url')
      if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error(UNREADABLE)
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
      decipher.setAAD(Buffer.from(belongsTo)).setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        return Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
          decipher.final(),
        ]).toString('utf8')
      } catch {
        throw new Error(UNREADABLE)
      }
    },
  }
}

const UNREADABLE =
  'it was sealed with another key: SEAL_KEY, or the data folder, is not the one it was saved with'

/** The install's own. */
export async function installSealer(settings: { SEAL_KEY: string; RTPX_DATA: string }): Promise<Sealer> {
  return sealerOf(settings.SEAL_KEY || (await installSecret(settings.RTPX_DATA, 'seal-key')))
}
