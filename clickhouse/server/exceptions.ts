/**
 * Exceptions as ClickHouse's HTTP interface reports them: the text, the code and the HTTP status. The map of codes is
 * that of ClickHouse's `src/Server/HTTP/exceptionCodeToHTTPStatus.cpp`.
 */

/** An exception of the HTTP layer itself, in the server's terms. */
export class ServerException extends Error {
  readonly code: number
  readonly codeName: string

  constructor(code: number, codeName: string, message: string) {
    super(message)
    this.name = 'ServerException'
    this.code = code
    this.codeName = codeName
  }
}

/** An exception ready to be sent. */
export interface Report {
  code: number
  status: number
  /** `Code: 60. DB::Exception: … (UNKNOWN_TABLE) (version …)`, without the line end. */
  text: string
}

/** Codes by status; the names are in the server's `ErrorCodes.cpp`. */
const CODES: Readonly<Record<number, readonly number[]>> = {
  401: [194],
  // UNKNOWN_USER, WRONG_PASSWORD, AUTHENTICATION_FAILED, SET_NON_GRANTED_ROLE, ACCESS_DENIED
  403: [192, 193, 516, 512, 497],
  // BAD_ARGUMENTS, CANNOT_COMPILE_REGEXP, CANNOT_PARSE_*, DUPLICATE_COLUMN, ILLEGAL_COLUMN, THERE_IS_NO_COLUMN, *_AST,
  // SYNTAX_ERROR, INCORRECT_DATA, TYPE_MISMATCH, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  400: [
    36, 427, 6, 25, 26, 38, 41, 72, 441, 675, 676, 27, 376, 15, 44, 37, 123, 8, 167, 168, 223, 62, 117, 53,
    321,
  ],
  // UNKNOWN_TABLE, _FUNCTION, _IDENTIFIER, _TYPE, _STORAGE, _DATABASE, _SETTING, _DIRECTION_OF_SORTING,
  // _AGGREGATE_FUNCTION, _FORMAT, _DATABASE_ENGINE, _TYPE_OF_QUERY, _ROLE
  404: [60, 46, 47, 50, 56, 81, 115, 152, 63, 73, 336, 78, 511],
  413: [229],
  501: [48],
  // SOCKET_TIMEOUT, CANNOT_OPEN_FILE, CANNOT_SCHEDULE_TASK
  503: [209, 76, 439],
  411: [381],
  408: [159],
  415: [779],
}

const STATUS: ReadonlyMap<number, number> = new Map(
  Object.entries(CODES).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)),
)

/** The HTTP status of an exception code; 500 for those without one. */
export function httpStatus(code: number): number {
  return STATUS.get(code) ?? 500
}

const NESTED = /^Code: \d+\. DB::Exception: (?=Code: \d+\. DB::\w+: )/
const VERSION = / \(version [^()]*(?:\([^()]*\))?\)$/
const OUTER_NAME = /\. \([A-Z_0-9]+\)$/

/**
 * The report of the engine's error text. The embedded client wraps some errors in themselves (`Code: 115. DB::Exception:
 * Code: 115. DB::Exception: …. (UNKNOWN_SETTING) (version …). (UNKNOWN_SETTING)`): the innermost is the server's.
 */
export function reportOfEngine(error: string, version: string): Report {
  let text = error.trimEnd().replace(VERSION, '')
  while (NESTED.test(text)) text = text.replace(NESTED, '').replace(OUTER_NAME, '').replace(VERSION, '')
  const code = Number(/^Code: (\d+)\./.exec(text)?.[1] ?? 1001)
  if (!/^Code: \d+\. /.test(text)) text = `Code: ${code}. DB::Exception: ${text}. (STD_EXCEPTION)`
  return { code, status: httpStatus(code), text: `${text} (version ${version} (official build))` }
}

/** The report of anything thrown in the HTTP layer. */
export function reportOfThrown(thrown: unknown, version: string): Report {
  if (thrown instanceof ServerException) {
    const text = `Code: ${thrown.code}. DB::Exception: ${thrown.message}. (${thrown.codeName}) (version ${version} (official build))`
    return { code: thrown.code, status: httpStatus(thrown.code), text }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return reportOfEngine(`Code: 1001. DB::Exception: ${message}. (STD_EXCEPTION)`, version)
}
