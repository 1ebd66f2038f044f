/** What a program has to do to be the load. */

export interface LoadOptions {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** The core the load is bound to; absent: any. */
  readonly core?: number
  readonly logFile: string
  /** Events of one request: batches are posted. Absent: pixels are asked for. */
  readonly batch?: number
}

/** What a tool tells; all but `rate` as of requests. */
export interface ToolResult {
  /** Answers a second, errors left out. */
  readonly rate: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  /** Answers that were no 2xx, and connections that failed. */
  readonly errors: number
}

export interface LoadTool {
  /** The program; absent for the one that is always there. */
  readonly program?: string
  readonly name: string
  /** Its command line; files it needs are written beside the log. */
  command(options: LoadOptions): Promise<string[]>
  /** @throws when it is not what the tool tells when it could measure */
  read(output: string): ToolResult
}
