/** Sizes as people say them. */

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** `74.9 GiB`, `512 MiB`. */
export const sizeText = (bytes: number): string =>
  bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.round(bytes / MIB)} MiB`
