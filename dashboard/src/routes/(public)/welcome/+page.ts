// What `/` shows to who is not signed in: words alone, without a script.
export const csr = false
