/** Secrets that people carry (keys, links): 256 random bits, shown once; the database keeps their SHA-256. */

/** A fresh secret as base64url. */
export const newSecret = () =>
  crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url', omitPadding: true })

/** What is kept of a secret: SHA-256 in hex. It has 256 random bits, so a slow hash would add nothing. */
export const secretHash = (secret: string) => new Bun.CryptoHasher('sha256').update(secret).digest('hex')
