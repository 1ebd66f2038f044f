/** Errors in words: what a person can do about it, a stable code, never a stack trace. */
import type { Trouble } from '#lib/overview.ts'
import { Forbidden, SignedOut } from './caller.ts'

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
  if (error instanceof SignedOut) {
    return { code: 'signed_out', title: 'Sign in first', detail: 'This is for members of an organization.' }
  }
  if (error instanceof Forbidden) {
    return {
      code: 'forbidden',
      title: 'This is not yours to see',
      detail: 'Your role does not include it. An owner or admin of your organization can change that.',
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
  // 159 TIMEOUT_EXCEEDED, 160 TOO_SLOW, 241 MEMORY_LIMIT_EXCEEDED
  if (code === '159' || code === '160' || code === '241') {
    return {
      code: 'too_much',
      title: 'This is too much for one question',
      detail:
        'It would take longer than a page waits, or more memory than a question has. Choose fewer days, or narrower filters.',
    }
  }
  return {
    code: 'clickhouse_error',
    title: 'The database could not answer',
    detail: `ClickHouse refused the question with its error ${code}. The dashboard's log has the details.`,
  }
}

/** How the API says each trouble that is the asker's and not ours. */
const EXPECTED: Partial<Record<Trouble['code'], number>> = {
  unknown_site: 404,
  signed_out: 401,
  forbidden: 403,
  too_much: 422,
}

/** The HTTP status of a trouble; 503 where asking again helps. */
export const statusOf = ({ code }: Trouble) => EXPECTED[code] ?? 503

/** Whether a trouble is an answer and not a failure to be logged. */
export const isExpected = ({ code }: Trouble) => code in EXPECTED
