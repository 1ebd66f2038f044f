/** How what is typed finds a name: every word of it somewhere in the name, capitals and accents aside. */

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** Whether every word of the text is in the name. */
export function matches(name: string, text: string): boolean {
  const within = plain(name)
  return plain(text)
    .split(/\s+/)
    .every((word) => within.includes(word))
}

/** Those that match, the ones that begin with the text first, otherwise in their order. */
export function ranked<Named extends { readonly label: string; readonly words?: string }>(
  all: readonly Named[],
  text: string,
): readonly Named[] {
  const begins = ({ label }: Named) => plain(label).startsWith(plain(text.trim()))
  const found = all.filter(({ label, words = '' }) => matches(`${label} ${words}`, text.trim()))
  return [...found.filter(begins), ...found.filter((one) => !begins(one))]
}
