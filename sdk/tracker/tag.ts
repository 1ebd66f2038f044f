/**
 * The script's own tag: what the site asks for with its `data-*` attributes. Null when the script was not run by a classic
 * script tag; then it does nothing.
 */
export const tag = document.currentScript as HTMLScriptElement
