/**
 * Runs a person's statement. It promises: what runs has passed the gate and has the role, the filter and the limits of its
 * person; a person who goes away, or says stop, ends it in ClickHouse; and the answer is read no faster than it is taken.
 */
import { scopeSettings } from '@rtpx/clickhouse/analyst/scope'
import { SQL_ROLE } from '@rtpx/clickhouse/analyst/views'
import { sqlProgress, stopSql } from '@rtpx/clickhouse/queries/people-sql'
import { MAX_ROWS, type SqlAsked, type SqlLine } from '#lib/sql/answer.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../clickhouse.ts'
import { gateOf, sqlScopeOf, takePlace } from './scope.ts'
import { plainMessage, sqlTroubleOf } from './trouble.ts'

const PROGRESS_MS = 250
/** Batches that may wait for a slow reader. */
const MOST_WAITING = 8
const BATCH_BYTES = 64 * 1024
const MAX_BYTES = 64 * 1024 * 1024
const ROWS_FORMAT = 'JSONCompactEachRowWithNamesAndTypes'
/** Numbers that JavaScript would round come as text. */
const EXACT = {
  output_format_json_quote_64bit_integers: '1',
  output_format_json_quote_decimals: '1',
  output_format_json_quote_denormals: '1',
}

interface Started {
  readonly bytes: AsyncIterable<Uint8Array>
  /** To be called when it is over or nobody wants it any more: ends it in ClickHouse too. */
  end(): void
}

/** Starts a statement in a format of ClickHouse. @throws SqlRefused, TooBusy, Forbidden, or what the client throws */
export async function startStatement(
  services: Services,
  caller: Caller,
  { sql, values }: SqlAsked,
  format: string,
  id: string = crypto.randomUUID(),
): Promise<Started> {
  const scope = sqlScopeOf(caller)
  const giveBack = takePlace(caller)
  const stopped = new AbortController()
  try {
    const passed = await gateOf(services)(sql, values)
    const settings = { ...scopeSettings(services.config.CLICKHOUSE_DATABASE, scope), ...EXACT }
    const bytes = await services.clickhouse.stream(passed.sql, {
      format,
      params: values,
      settings,
      role: SQL_ROLE,
      queryId: id,
      signal: stopped.signal,
    })
    return {
      bytes,
      end: () => {
        giveBack()
        stopped.abort()
      },
    }
  } catch (error) {
    giveBack()
    throw error
  }
}

/** The answer of a statement as the page reads it: lines of JSON. */
export function answerLines(
  services: Services,
  caller: Caller,
  asked: SqlAsked,
  now: () => number,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const id = crypto.randomUUID()
  const startedAt = now()
  let open = true
  let ticking: ReturnType<typeof setInterval> | undefined
  const stop = () => stopSql(services.clickhouse, id).catch(() => {})
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const out: Out = {
        say: (line) => out.raw(JSON.stringify(line)),
        raw: (text) => {
          if (open) controller.enqueue(encoder.encode(`${text}\n`))
        },
        room: async () => {
          while (open && (controller.desiredSize ?? 1) < -MOST_WAITING) await Bun.sleep(10)
          return open
        },
      }
      const tick = async () => {
        const progress = await sqlProgress(services.clickhouse, id).catch(() => undefined)
        if (progress)
          out.say({
            kind: 'progress',
            rows: Number(progress.read_rows),
            of: Number(progress.total_rows),
            ms: Math.round(now() - startedAt),
          })
      }
      ticking = setInterval(tick, PROGRESS_MS)
      out.say({ kind: 'started', id })
      const run = async () => {
        const started = await startStatement(services, caller, asked, ROWS_FORMAT, id)
        try {
          const { rows, cut } = await copyRows(started.bytes, out)
          out.say({ kind: 'done', rows, ms: Math.round(now() - startedAt), cut })
        } finally {
          started.end()
        }
      }
      void run()
        .catch((error) => out.say({ kind: 'failed', ...sqlTroubleOf(error) }))
        .finally(() => {
          clearInterval(ticking)
          if (open) controller.close()
          open = false
        })
    },
    cancel: async () => {
      open = false
      clearInterval(ticking)
      await stop()
    },
  })
}

interface Out {
  say(line: SqlLine): void
  /** A line that is JSON already. */
  raw(text: string): void
  /** Waits until the reader has taken most; false when it is gone. */
  room(): Promise<boolean>
}

/** Passes rows on in batches, as the text they came in. @throws what ClickHouse says when it breaks off */
async function copyRows(bytes: AsyncIterable<Uint8Array>, out: Out): Promise<{ rows: number; cut: boolean }> {
  let names: readonly string[] | undefined
  let hasColumns = false
  let rows = 0
  let size = 0
  let batch: string[] = []
  let batchBytes = 0
  const flush = () => {
    if (batch.length > 0) out.raw(`{"kind":"rows","rows":[${batch.join(',')}]}`)
    batch = []
    batchBytes = 0
  }
  for await (const line of rowLines(bytes)) {
    if (!names) names = JSON.parse(line)
    else if (!hasColumns) {
      hasColumns = true
      out.say({ kind: 'columns', names, types: JSON.parse(line) })
    } else {
      if (rows === MAX_ROWS || size > MAX_BYTES) {
        flush()
        return { rows, cut: true }
      }
      rows += 1
      size += line.length
      batchBytes += line.length
      batch.push(line)
      if (batchBytes > BATCH_BYTES) {
        flush()
        if (!(await out.room())) return { rows, cut: true }
      }
    }
  }
  flush()
  return { rows, cut: false }
}

/** The lines of an answer in rows of JSON. @throws Error with ClickHouse's code when it broke off half-way */
export async function* rowLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let failure = ''
  try {
    for await (const line of linesOf(bytes)) {
      if (failure || (line.trim() !== '' && !line.startsWith('['))) failure += `${line}\n`
      else if (line !== '' && line !== '\r') yield line
    }
  } catch (error) {
    // A server that fails half-way says why and breaks the connection, so that no answer passes for a whole one.
    if (!failure) throw error
  }
  if (!failure) return
  const message = /Code: (\d+)\.[\s\S]*/.exec(failure)
  throw Object.assign(new Error(plainMessage(message?.[0] ?? failure)), { code: message?.[1] ?? '1001' })
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of bytes) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest) yield rest
}
