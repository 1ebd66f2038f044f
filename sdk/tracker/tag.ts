/** The script's own tag: what the site asks for with its `data-*` attributes. */
import { local, openStorage } from './safe.ts'

/** Null when the script was not run by a classic script tag; then it does nothing. */
export const tag = document.currentScript as HTMLScriptElement

/** Whether this browser must not be tracked: somebody opted out here, or the browser wishes so and the site obeys it. */
export const isSilent = () => {
  openStorage()
  return (
    local.rtpx_optout ||
    ('respectPrivacy' in tag.dataset && (navigator.globalPrivacyControl || +(navigator.doNotTrack as string)))
  )
}
