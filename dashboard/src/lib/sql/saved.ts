/** Statements people keep, and boards of them, as pages and the API show them. */

export const DRAWINGS = ['table', 'line', 'bars'] as const
/** How a result is drawn. */
export type Drawing = (typeof DRAWINGS)[number]

export interface SavedQuery {
  readonly id: string
  readonly name: string
  readonly sql: string
  readonly values: Readonly<Record<string, string>>
  readonly drawing: Drawing
  readonly shared: boolean
  /** Whether the asker may change it. */
  readonly mine: boolean
  /** ms since 1970 */
  readonly updated_at: number
}

export interface Tile {
  readonly id: string
  readonly query: SavedQuery
  readonly wide: boolean
}

export interface BoardHead {
  readonly id: string
  readonly name: string
  readonly shared: boolean
  readonly mine: boolean
}

export interface Board extends BoardHead {
  readonly tiles: readonly Tile[]
}
