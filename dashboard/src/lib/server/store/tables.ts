/**
 * The tables of the application database, as Kysely types them. Portable between SQLite and Postgres: texts, whole
 * numbers, times as milliseconds since 1970, lists and objects as JSON in a text, yes and no as 1 and 0. The tables of
 * better-auth (users to rate_limits) keep the types it wants: its moments are ISO texts in SQLite, timestamps in Postgres.
 *
 * A table of yours: a migration (see migrations/index.ts), its interface here, one line in `Tables`.
 */
import type { ColumnType, Generated } from 'kysely'

/** A time of better-auth. */
type Moment = ColumnType<string | Date, string | Date, string | Date>
/** A yes or no of better-auth: 1 and 0 in SQLite. */
type Flag = ColumnType<boolean | 0 | 1, boolean | 0 | 1, boolean | 0 | 1>

interface Users {
  id: string
  name: string
  email: string
  email_verified: Flag
  image: string | null
  two_factor_enabled: Flag | null
  created_at: Moment
  updated_at: Moment
}

interface Sessions {
  id: string
  token: string
  user_id: string
  ip_address: string | null
  user_agent: string | null
  expires_at: Moment
  created_at: Moment
  updated_at: Moment
}

/** A way to sign in: a password, or an account at a provider. */
interface Credentials {
  id: string
  account_id: string
  provider_id: string
  user_id: string
  access_token: string | null
  refresh_token: string | null
  id_token: string | null
  access_token_expires_at: Moment | null
  refresh_token_expires_at: Moment | null
  scope: string | null
  password: string | null
  created_at: Moment
  updated_at: Moment
}

interface Verifications {
  id: string
  identifier: string
  value: string
  expires_at: Moment
  created_at: Moment
  updated_at: Moment
}

interface TwoFactors {
  id: string
  user_id: string
  secret: string
  backup_codes: string
  verified: Flag | null
  failed_verification_count: number | null
  locked_until: Moment | null
}

interface RateLimits {
  id: string
  key: string
  count: number
  last_request: number
}

/** One row, written by whoever becomes the owner of the install: its key decides a race. */
interface Installation {
  id: 1
  owner_id: string
  created_at: number
}

interface Organizations {
  id: string
  name: string
  created_at: number
}

/** Whose a site is; its settings are in ClickHouse, where the edges read them. */
interface OrganizationSites {
  site_id: string
  organization_id: string
  created_at: number
}

type RoleColumn = 'owner' | 'admin' | 'analyst' | 'viewer' | 'partner'

/** What a member, an invitation or a key may see. */
interface Scope {
  role: RoleColumn
  /** JSON list of sites; null: all of the organization. */
  site_ids: string | null
  /** JSON list of banner prefixes, of a partner; null: every banner. */
  banner_prefixes: string | null
}

interface Members extends Scope {
  organization_id: string
  user_id: string
  created_at: number
  /** When the person last chose this organization to look at. */
  chosen_at: number
}

interface Invitations extends Scope {
  id: string
  /** SHA-256, in hex, of the secret in the link. */
  token_hash: string
  organization_id: string
  email: string
  invited_by: string
  created_at: number
  expires_at: number
  accepted_at: number | null
}

interface ApiKeys extends Scope {
  id: string
  organization_id: string
  created_by: string
  name: string
  /** SHA-256, in hex, of the key; the key itself is shown once. */
  key_hash: string
  /** The first characters of the key, to tell keys apart. */
  prefix: string
  /** JSON list of permissions. */
  permissions: string
  requests_per_minute: number
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  revoked_at: number | null
}

interface SharedLinks {
  id: string
  organization_id: string
  created_by: string
  name: string
  site_id: string
  /** The page it shows, as a path below `/`. */
  page: string
  /** JSON object of the URL parameters that are fixed. */
  locked: string
  /** SHA-256, in hex, of the secret in the address. */
  token_hash: string
  password_hash: string | null
  /** 1: may stand in a frame of other sites. */
  embed: 0 | 1
  /** JSON list of the sites whose pages may frame it; empty: any. */
  frame_ancestors: string
  banner_prefixes: string | null
  created_at: number
  expires_at: number | null
  revoked_at: number | null
}

/** Who did what; rows are only ever added. */
interface AuditLog {
  id: Generated<number>
  at: number
  organization_id: string | null
  user_id: string | null
  /** Who, in words: outlives the account. */
  actor: string
  action: string
  /** What it was done to. */
  target: string
  /** JSON object, no secrets. */
  detail: string
  ip_address: string
}

/** What a person keeps, for themselves or for the organization. */
interface Kept {
  id: string
  organization_id: string
  created_by: string
  created_at: number
  updated_at: number
  name: string
  /** 1: everyone of the organization who may open such a thing sees it. */
  shared: 0 | 1
}

/** A statement people keep. */
interface SavedQueries extends Kept {
  sql: string
  /** JSON object of the texts its places had when it was kept. */
  place_values: string
  /** How its result is drawn: `table`, `line` or `bars`. */
  drawing: string
}

type Boards = Kept

interface BoardTiles {
  id: string
  board_id: string
  query_id: string
  position: number
  /** 1: as wide as the board. */
  wide: 0 | 1
}

/** A segment of players that somebody saved. */
interface Segments {
  id: string
  organization_id: string
  site_id: string
  name: string
  /** JSON, as `parseSegment` takes it. */
  definition: string
  created_by: string
  created_at: number
  updated_at: number
}

/** A view of a page: its address, kept under a name. */
interface SavedViews extends Kept {
  site_id: string
  /** A path below `/`. */
  page: string
  /** The address's parameters but the site. */
  search: string
}

/** A note to a day of a site. */
interface Annotations {
  id: string
  organization_id: string
  site_id: string
  /** `2026-11-21`, in the site's time zone. */
  day: string
  text: string
  /** 1: shared links show it too. */
  on_links: 0 | 1
  created_by: string
  /** Who, in words: outlives the account. */
  author: string
  created_at: number
  updated_at: number
}

export interface Tables {
  users: Users
  sessions: Sessions
  credentials: Credentials
  verifications: Verifications
  two_factors: TwoFactors
  rate_limits: RateLimits
  installation: Installation
  organizations: Organizations
  organization_sites: OrganizationSites
  members: Members
  invitations: Invitations
  api_keys: ApiKeys
  shared_links: SharedLinks
  audit_log: AuditLog
  saved_queries: SavedQueries
  boards: Boards
  board_tiles: BoardTiles
  segments: Segments
  saved_views: SavedViews
  annotations: Annotations
}
