/** The script's own tag: what the site asks for with its `data-*` attributes. */
import { local } from './safe.ts'

/** Null when the script was not run by a classic script tag; then it does nothing. */
export const tag = document.currentScript as HTMLScriptElement

/** Whether this browser may be tracked: nobody opted out here, and the browser's wish counts where the site says so. */
export const mayTrack = () =>
  !local.rtpx_optout &&
  !('respectPrivacy' in tag.dataset && (navigator.globalPrivacyControl || +(navigator.doNotTrack as string)))
