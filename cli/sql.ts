/** One SQL statement over ClickHouse's HTTP interface, its answer passed on as it comes. */

export interface SqlTarget {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly database: string
}

/** ClickHouse refused or broke off a statement; the message is its own. */
export class SqlError extends Error {
  override readonly name = 'SqlError'
}

/** Where a server that fails in the middle of an answer writes why (ClickHouse 25.11 and later). */
const MARK = '__exception__'

/**
 * Runs a statement and hands over the answer piece by piece.
 * @param format of answers whose statement names none
 * @param values of its places, as ClickHouse's text has them
 * @throws SqlError with what ClickHouse says, also when it breaks off in the middle
 */
export async function runSql(
  target: SqlTarget,
  statement: string,
  format: string,
  write: (piece: Uint8Array) => void,
  signal?: AbortSignal,
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const parameters = new URLSearchParams({ database: target.database, default_format: format })
  for (const [name, value] of Object.entries(values)) parameters.set(`param_${name}`, value)
  const response = await request(target, parameters, statement, signal)
  if (!response.ok) throw new SqlError(message(await response.text()))
  const tag = response.headers.get('x-clickhouse-exception-tag')
  let held: Uint8Array = new Uint8Array()
  try {
    for await (const piece of response.body ?? []) {
      // Held back: the end, where an exception would stand.
      held = Buffer.concat([held, piece])
      const safe = held.length - HELD_BYTES
      if (safe > 0) {
        write(held.subarray(0, safe))
        held = held.subarray(safe)
      }
    }
  } catch (error) {
    if (signal?.aborted) throw new SqlError('cancelled')
    throw new SqlError(broken(held, tag) ?? `the answer broke off (${(error as Error).message})`)
  }
  const failure = broken(held, tag)
  if (failure) throw new SqlError(failure)
  write(held)
}

const HELD_BYTES = 32_768

/** The exception at the end of an answer that began well. */
function broken(end: Uint8Array, tag: string | null): string | undefined {
  if (!tag) return undefined
  const text = Buffer.from(end).toString()
  const at = text.lastIndexOf(`${MARK}\r\n${tag}\r\n`)
  if (at < 0) return undefined
  return message(text.slice(at + MARK.length + tag.length + 4).replace(/\s*\d+ \S+\s*__exception__\s*$/, ''))
}

async function request(
  target: SqlTarget,
  parameters: URLSearchParams,
  statement: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  try {
    return await fetch(`${target.url}/?${parameters}`, {
      method: 'POST',
      body: statement,
      headers: { 'x-clickhouse-user': target.user, 'x-clickhouse-key': target.password },
      ...(signal ? { signal } : {}),
      // Bun's own limit would end a long statement.
      timeout: false,
    } as RequestInit)
  } catch (error) {
    if (signal?.aborted) throw new SqlError('cancelled')
    throw new SqlError(`ClickHouse at ${target.url} does not answer (${(error as Error).message})`)
  }
}

const message = (text: string) => text.trim().replace(/ \(version [^()]*(\([^()]*\))?\)$/, '')
