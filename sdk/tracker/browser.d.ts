/** What browsers have and TypeScript's DOM library does not name. */
interface Navigator {
  /** Global Privacy Control (W3C draft). */
  readonly globalPrivacyControl?: boolean
}

interface Document {
  /** Prerendering Revamped (WICG draft). */
  readonly prerendering?: boolean
}
