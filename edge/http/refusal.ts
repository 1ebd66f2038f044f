/** Why a request is refused before anything looks at what it asks for: status, stable code and words for a person. */

export class HttpRefusal {
  constructor(
    readonly status: number,
    /** Stable, documented, never renamed. */
    readonly code: HttpRefusalCode,
    readonly detail: string,
  ) {}
}

export const HTTP_REFUSAL_CODES = {
  bad_request: 'The request is not HTTP/1.1 as RFC 9112 has it',
  uri_too_long: 'The address is longer than 8,192 bytes',
  headers_too_large: 'The head has more than 16,384 bytes or 64 headers',
  body_too_large: 'The body is larger than one request may be',
  unsupported_encoding: 'A transfer coding other than chunked',
  unsupported_expectation: 'An expectation other than 100-continue',
  unsupported_version: 'A version of HTTP other than 1.0 and 1.1',
  request_timeout: 'The request was not complete within ten seconds',
  too_many_connections: 'More connections are open, here or from this address, than are allowed',
  busy: 'Too many bodies are being received',
} as const

export type HttpRefusalCode = keyof typeof HTTP_REFUSAL_CODES

export const badRequest = (detail: string) => new HttpRefusal(400, 'bad_request', detail)
