/** A random UUID (RFC 9562, version 4), also on pages without HTTPS, where crypto.randomUUID is missing. */
export const uuid = () => {
  const random = crypto.getRandomValues(new Uint8Array(36))
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, (_, index) =>
    ((random[index] as number) % 16).toString(16),
  )
}
