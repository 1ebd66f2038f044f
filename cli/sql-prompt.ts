/**
 * The SQL prompt: a statement may span lines and ends with `;`. Its history is kept in a file. Ctrl-C leaves a statement
 * half written, or cancels the one that runs; Ctrl-D, `exit` or `quit` ends.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { runSql, SqlError, type SqlTarget } from './sql.ts'

const HISTORY = 1_000

export async function runPrompt(target: SqlTarget, historyFile: string): Promise<void> {
  const prompt = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: `${target.database} :) `,
    history: readHistory(historyFile),
    historySize: HISTORY,
    removeHistoryDuplicates: true,
  })
  const ended = Promise.withResolvers<void>()
  let lines: string[] = []
  let running: AbortController | undefined
  let queue = Promise.resolve()
  const ask = () => {
    prompt.setPrompt(
      lines.length === 0 ? `${target.database} :) ` : `${'.'.repeat(target.database.length)} :] `,
    )
    prompt.prompt()
  }
  const run = async (statement: string) => {
    running = new AbortController()
    await show(target, statement, running.signal)
    running = undefined
    ask()
  }
  prompt.on('SIGINT', () => {
    if (running) return running.abort()
    lines = []
    prompt.write(null, { ctrl: true, name: 'e' })
    prompt.write(null, { ctrl: true, name: 'u' })
    process.stdout.write('\n')
    ask()
  })
  prompt.on('close', () => ended.resolve())
  prompt.on('line', (line) => {
    if (lines.length === 0 && /^\s*(exit|quit|\\q)\s*;?\s*$/i.test(line)) return prompt.close()
    lines.push(line)
    const statement = lines.join('\n').trim()
    if (!statement.endsWith(';')) {
      if (statement === '') lines = []
      return ask()
    }
    lines = []
    remember(historyFile, statement)
    queue = queue.then(() => run(statement.replace(/;+$/, '')))
  })
  ask()
  await ended.promise
  await queue
}

async function show(target: SqlTarget, statement: string, signal: AbortSignal): Promise<void> {
  if (statement.trim() === '') return
  const since = performance.now()
  try {
    await runSql(target, statement, 'PrettyCompact', (piece) => process.stdout.write(piece), signal)
    process.stdout.write(`\n${((performance.now() - since) / 1000).toFixed(3)} s\n\n`)
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    // The parser lists every word it would have taken, dozens of lines that say nothing.
    process.stdout.write(`${error.message.replace(/ Expected one of: .*(?= \()/, '')}\n\n`)
  }
}

/** Newest first, as readline wants it; a statement's lines are one entry. */
function readHistory(file: string): string[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(-HISTORY).reverse()
}

function remember(file: string, statement: string): void {
  try {
    appendFileSync(file, `${statement.replace(/\s*\n\s*/g, ' ')}\n`, { mode: 0o600 })
  } catch {
    // The prompt works without its history, as in a data folder that is not there.
  }
}
