/** What a part is to the supervisor: how its process is started, and when it is ready. */
import type { PartName } from '../state.ts'

export interface Command {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether it does its work now; asked again until it does. */
  ready(): Promise<boolean>
  /** To call when the process has ended. */
  ended?(): void
}

export interface Part {
  readonly name: PartName
  /** As people write it: `ClickHouse`. */
  readonly title: string
  /** Where it can be reached, for people. */
  readonly address: string
  /** How long it may take to be ready and to stop, in milliseconds. */
  readonly readyTimeoutMs: number
  readonly stopTimeoutMs: number
  /** Called before each start. @throws an error whose message says why it cannot start */
  command(): Promise<Command>
}

/** Whether a GET answers 200 within a second. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000) })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}
