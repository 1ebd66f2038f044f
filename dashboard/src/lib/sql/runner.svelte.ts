/** One statement's run on the page: its rows as they come, how far it is, and how it ended. One at a time. */
import type { Cell, SqlAsked, SqlColumn, SqlLine, SqlTrouble } from './answer.ts'

export type RunState = 'idle' | 'running' | 'done' | 'failed' | 'cancelled'

const LOST: SqlTrouble = {
  code: 'connection_lost',
  title: 'The connection broke',
  detail: 'The dashboard did not answer to the end. Run it again.',
}

export class SqlRun {
  state = $state<RunState>('idle')
  columns = $state.raw<readonly SqlColumn[]>([])
  /** As many as are here; the array grows, `count` says so. */
  rows: (readonly Cell[])[] = []
  count = $state(0)
  progress = $state.raw<{ rows: number; of: number } | null>(null)
  ms = $state(0)
  cut = $state(false)
  trouble = $state.raw<SqlTrouble | null>(null)
  /** What was asked, for a download of the same. */
  asked = $state.raw<SqlAsked | null>(null)
  #abort: AbortController | undefined

  async run(asked: SqlAsked): Promise<void> {
    this.cancel()
    const abort = new AbortController()
    this.#abort = abort
    Object.assign(this, { state: 'running', columns: [], count: 0, progress: null, ms: 0, cut: false })
    this.rows = []
    this.trouble = null
    this.asked = asked
    try {
      const response = await fetch('/api/sql/run', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asked),
        signal: abort.signal,
      })
      if (!response.ok || !response.body) this.#fail(await problemOf(response))
      else for await (const line of linesOf(response.body)) if (this.#abort === abort) this.#take(line)
      if (this.#abort === abort && this.state === 'running') this.#fail(LOST)
    } catch {
      if (this.#abort === abort && this.state === 'running') this.#fail(LOST)
    }
  }

  /** Stops it, here and in ClickHouse. */
  cancel(): void {
    if (this.state === 'running') this.state = 'cancelled'
    this.#abort?.abort()
    this.#abort = undefined
  }

  #fail(trouble: SqlTrouble): void {
    this.trouble = trouble
    this.state = 'failed'
  }

  #take(line: SqlLine): void {
    switch (line.kind) {
      case 'started':
        return
      case 'progress':
        this.progress = { rows: line.rows, of: line.of }
        this.ms = line.ms
        return
      case 'columns':
        this.columns = line.names.map((name, index) => ({ name, type: line.types[index] ?? '' }))
        return
      case 'rows':
        for (const row of line.rows) this.rows.push(row)
        this.count = this.rows.length
        return
      case 'done':
        this.ms = line.ms
        this.cut = line.cut
        this.state = 'done'
        return
      case 'failed':
        this.#fail(line)
    }
  }
}

/** Words of an answer that is none. */
export async function problemOf(response: Response): Promise<SqlTrouble> {
  const body = await response.json().catch(() => null)
  if (body && typeof body.code === 'string') return body
  return {
    code: 'unknown',
    title: 'It was not answered',
    detail: body?.message ?? `Status ${response.status}.`,
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<SqlLine> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line) yield JSON.parse(line)
  }
}
