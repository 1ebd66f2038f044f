/** Errors in words: what a person can do about it, a stable code, never a stack trace. */
import type { Trouble } from '#lib/overview.ts'

export class UnknownSite extends Error {
  constructor(readonly site_id: string) {
    super(`no site ${site_id}`)
  }
}

/** What went wrong while asking ClickHouse. Anything that is not one of its own answers means it was not reached. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof UnknownSite) {
    return {
      code: 'unknown_site',
      title: 'There is no such site',
      detail: 'The link names a site that is not registered here.',
    }
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^\d+$/.test(code)) {
    return {
      code: 'clickhouse_unreachable',
      title: 'The database does not answer',
      detail:
        'ClickHouse is stopped or still starting. Events are kept by the edge meanwhile; nothing is lost.',
    }
  }
  // 60 UNKNOWN_TABLE, 81 UNKNOWN_DATABASE
  if (code === '60' || code === '81') {
    return {
      code: 'clickhouse_error',
      title: 'The database is being prepared',
      detail: 'Its tables are not there yet: the migrations run once at the start.',
    }
  }
  return {
    code: 'clickhouse_error',
    title: 'The database could not answer',
    detail: `ClickHouse refused the question with its error ${code}. The dashboard's log has the details.`,
  }
}
