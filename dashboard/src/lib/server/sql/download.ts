/** The whole result of a person's statement as a file. What runs is held as everywhere; CSV cells are neutralised. */
import { csvLines } from '#lib/csv.ts'
import type { SqlAsked } from '#lib/sql/answer.ts'
import type { Caller } from '../caller.ts'
import type { Services } from '../clickhouse.ts'
import { rowLines, startStatement } from './run.ts'

/** Kinds of file, with the format ClickHouse writes it in. */
const FILES = {
  csv: { format: 'JSONCompactEachRowWithNames', type: 'text/csv; charset=utf-8' },
  json: { format: 'JSONEachRow', type: 'application/x-ndjson; charset=utf-8' },
  parquet: { format: 'Parquet', type: 'application/vnd.apache.parquet' },
} as const

export type FileKind = keyof typeof FILES

export const isFileKind = (text: string): text is FileKind => Object.hasOwn(FILES, text)

/** @param name of the file, without its ending @throws what `startStatement` throws */
export async function downloadResponse(
  services: Services,
  caller: Caller,
  asked: SqlAsked,
  kind: FileKind,
  name: string,
): Promise<Response> {
  const { format, type } = FILES[kind]
  const started = await startStatement(services, caller, asked, format)
  const pieces = kind === 'csv' ? csvPieces(started.bytes) : started.bytes
  const iterator = pieces[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await iterator.next()
          if (!done) return controller.enqueue(value)
          controller.close()
        } catch (error) {
          // A file that breaks off must not look whole.
          controller.error(error)
        }
        started.end()
      },
      cancel: () => started.end(),
    },
    { highWaterMark: 0 },
  )
  const file = `${name.replace(/[^\w.-]+/g, '-').slice(0, 80) || 'result'}.${kind === 'json' ? 'ndjson' : kind}`
  return new Response(body, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${file}"`,
      'cache-control': 'no-store',
    },
  })
}

const LINES_AT_ONCE = 1_000

async function* csvPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let lines: (string | number)[][] = []
  yield encoder.encode('\ufeff')
  for await (const line of rowLines(bytes)) {
    lines.push((JSON.parse(line) as unknown[]).map(cellOf))
    if (lines.length < LINES_AT_ONCE) continue
    yield encoder.encode(csvLines(lines))
    lines = []
  }
  yield encoder.encode(csvLines(lines))
}

const cellOf = (value: unknown): string | number =>
  typeof value === 'string' || typeof value === 'number'
    ? value
    : value === null
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
