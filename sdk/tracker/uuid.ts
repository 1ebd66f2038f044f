/**
 * A random UUID (RFC 9562, version 4): the browser's own, or, on pages without HTTPS, one of random digits.
 *
 * The browser's own costs a page that loads a tenth of a millisecond less.
 */
export const uuid = () =>
  crypto.randomUUID?.() ??
  'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.random().toString(16)[2] as string)
