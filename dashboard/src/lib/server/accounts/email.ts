/** E-mail addresses as people write them. */

const EMAIL = /^[^\s@<>"',;:()]+@[^\s@<>"',;:()]+\.[^\s@<>"',;:()]+$/

/** The address; undefined for what is none. */
export function emailOf(text: string): string | undefined {
  const email = text.trim().toLowerCase()
  return EMAIL.test(email) && email.length <= 254 ? email : undefined
}
