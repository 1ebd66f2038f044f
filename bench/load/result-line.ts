/** The line that tools of ours end with: `RESULT {…}`. */
import type { ToolResult } from './tool.ts'

/** @throws when there is no such line */
export function readLine(output: string): ToolResult {
  return JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? '') as ToolResult
}
