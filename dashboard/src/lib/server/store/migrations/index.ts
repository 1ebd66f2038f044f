/**
 * Every migration, in order. Yours: a file `NNNN-subject.ts` with the next number that exports a `Migration`, a line
 * here, its tables' types in ../tables.ts. Never edit one that has landed: add another.
 */
import type { Migration } from '../migrate.ts'
import { authentication } from './0001-authentication.ts'
import { teams } from './0002-teams.ts'
import { queries } from './0003-queries.ts'
import { segments } from './0020-segments.ts'
import { savedViews } from './0021-saved-views.ts'
import { annotations } from './0022-annotations.ts'

export const MIGRATIONS: readonly Migration[] = [
  authentication,
  teams,
  queries,
  segments,
  savedViews,
  annotations,
]
