/** The transparent 1×1 GIF of 43 bytes that pixels are answered with (GIF89a, as nginx's empty_gif). */
export const PIXEL_GIF = Uint8Array.fromBase64('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==')
