/** Why a statement of a person has no result, in words and with a stable code. */
import { SqlRefused } from '@rtpx/clickhouse/analyst/refusal'
import type { SqlTrouble } from '#lib/sql/answer.ts'
import { problemResponse } from '../problem.ts'
import { troubleResponse } from '../respond.ts'
import { troubleOf } from '../trouble.ts'
import { TooBusy } from './scope.ts'

const TITLES: Readonly<Record<string, string>> = {
  '158': 'It would read too many rows',
  '159': 'It took too long',
  '241': 'It needs too much memory',
  '307': 'It would read too much',
  '394': 'It was cancelled',
  '396': 'The result is too large',
  '47': 'There is no such column',
  '46': 'There is no such function',
  '60': 'There is no such table',
  '62': 'This is not SQL',
  '456': 'A parameter has no value',
  '457': 'A parameter has a value of another type',
}

/** The words of ClickHouse, without what only its own developers need. */
export const plainMessage = (message: string) =>
  message
    .replace(/^(Code: \d+\. DB::Exception: )+/, '')
    .replace(/ \(version [^()]*(\([^()]*\))?\)/g, '')
    .replace(/ Expected one of: [\s\S]*$/, '')
    .replace(/\.? \([A-Z_]+\)\s*$/, '')
    .trim()

/** @param error what the gate or the client threw */
export function sqlTroubleOf(error: unknown): SqlTrouble {
  if (error instanceof SqlRefused)
    return {
      code: `sql_refused_${error.reason}`,
      title: error.reason === 'syntax' ? 'This is not SQL' : 'This is not allowed',
      detail: error.message,
    }
  if (error instanceof TooBusy)
    return { code: 'sql_busy', title: 'Too many statements at once', detail: `${error.message}.` }
  const { code, message = '' } = error as { code?: string; message?: string }
  if (code !== undefined && /^\d+$/.test(code))
    return {
      code: `sql_${code}`,
      title: TITLES[code] ?? 'ClickHouse refused it',
      detail: plainMessage(message),
    }
  return troubleOf(error)
}

/** The same as an answer of the API. */
export function sqlTroubleResponse(error: unknown): Response {
  const trouble = sqlTroubleOf(error)
  if (!trouble.code.startsWith('sql_')) return troubleResponse(error)
  const status = trouble.code === 'sql_busy' ? 429 : trouble.code.startsWith('sql_refused_') ? 403 : 422
  return problemResponse({ status: trouble.code === 'sql_refused_syntax' ? 400 : status, ...trouble })
}
