/** Passwords: argon2id with OWASP's parameters, and its rules of length: long ones, any characters, no composition. */

/** OWASP's floor where no second factor is certain. */
export const PASSWORD_MIN = 15
export const PASSWORD_MAX = 128

const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const

/** What is wrong with a password somebody chose; undefined when it will do. */
export function passwordFault(password: string, email: string): string | undefined {
  const length = [...password].length
  if (length < PASSWORD_MIN)
    return `The password has ${length} characters; it takes ${PASSWORD_MIN} or more. A few words do well.`
  if (length > PASSWORD_MAX) return `The password has ${length} characters; ${PASSWORD_MAX} are the most.`
  if (password.toLowerCase() === email.toLowerCase()) return 'The password is the e-mail address.'
  if (new Set(password).size < 4) return 'The password is the same few characters again and again.'
  return undefined
}

export const hashPassword = (password: string) => Bun.password.hash(password, ARGON2ID)

export const verifyPassword = (password: string, hash: string) =>
  // A password beyond the limit can't be anyone's; hashing it would only cost time.
  password.length > PASSWORD_MAX * 4 ? Promise.resolve(false) : Bun.password.verify(password, hash)
