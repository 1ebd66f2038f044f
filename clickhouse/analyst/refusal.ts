/** Why a statement is not run. The reason is stable and for programs, the message for people. */

export type RefusalReason =
  | 'too_large'
  | 'syntax'
  | 'statement'
  | 'outfile'
  | 'format'
  | 'settings'
  | 'parameter'
  | 'table'
  | 'column'
  | 'table_function'
  | 'function'
  | 'construct'

export class SqlRefused extends Error {
  override readonly name = 'SqlRefused'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, message: string) {
    super(message)
    this.reason = reason
  }
}
