/**
 * Which banners a question is about, and how they stand together: each by itself, or those that begin alike in one group. A group is
 * named by what its banners begin with, so that `summer_tv` and `summer_web` are `summer`. Only SQL; every value is bound.
 */

export const SEPARATORS = ['_', '-', '.', ':'] as const
export type Separator = (typeof SEPARATORS)[number]

export type Grouping =
  | { readonly by: 'banner' }
  /** What stands before a separator, `parts` parts of it; a banner with fewer is a group of its own. */
  | { readonly by: 'separator'; readonly separator: Separator; readonly parts: number }
  /** The first so many characters. */
  | { readonly by: 'characters'; readonly characters: number }

/** Narrows a question to what its asker may see. */
export interface BannerView {
  readonly grouping: Grouping
  /** Only banners that begin with one of these; null for all there are. */
  readonly banner_prefixes: readonly string[] | null
  /** Whether known bots count too; absent: they do. Without, counts are found in the raw events, as far back as those are kept. */
  readonly with_bots?: boolean
}

/** A condition on `banner_tag`, to follow other ones. Parameters: those of `viewParams`. */
export const inView = ({ banner_prefixes }: Pick<BannerView, 'banner_prefixes'>): string =>
  banner_prefixes === null
    ? ''
    : `AND arrayExists(prefix -> prefix != '' AND startsWith(toString(banner_tag), prefix), {banner_prefixes:Array(String)})`

/** The values of the conditions and groups of a view. */
export const viewParams = ({ grouping, banner_prefixes }: BannerView) => ({
  banner_prefixes: banner_prefixes ?? [],
  separator: grouping.by === 'separator' ? grouping.separator : '_',
  parts: grouping.by === 'separator' ? grouping.parts : 1,
  characters: grouping.by === 'characters' ? grouping.characters : 1,
})

/** The group of a column of banners. A banner that begins with the separator has nothing before it and stands alone. */
export function groupOf({ by }: Grouping, column = 'banner_tag'): string {
  const banner = `toString(${column})`
  if (by === 'banner') return banner
  if (by === 'characters') return `leftUTF8(${banner}, {characters:UInt8})`
  const start = `arrayStringConcat(arraySlice(splitByChar({separator:String}, ${banner}), 1, {parts:UInt8}), {separator:String})`
  return `if(startsWith(${banner}, {separator:String}), ${banner}, ${start})`
}

/** Whether all banners that begin with the column's text are in one group, that of the text itself. */
export function isInOneGroup({ by }: Grouping, column = 'banner_tag'): string {
  if (by === 'banner') return 'false'
  if (by === 'characters') return `lengthUTF8(${column}) >= {characters:UInt8}`
  return `NOT startsWith(${column}, {separator:String}) AND length(splitByChar({separator:String}, ${column})) > {parts:UInt8}`
}
