/** Why an event does not count: a stable code, the field to blame and words for a person. Codes are documented and never renamed. */

export const REFUSAL_CODES = {
  missing_field: 'A field that this type of event needs is absent or empty',
  bad_field: 'A field has a value that is not of its form',
  too_long: 'A field is longer than its limit',
  duplicate_field: 'A field is given twice with different values',
  bad_encoding: 'The query has a broken percent escape or is not UTF-8',
  bad_metadata: 'The metadata is too large, too deep or not an object',
  unknown_site: 'No registered site has this key or domain',
  bad_json: 'The body is not JSON',
  bad_event: 'An event is not a JSON object',
  no_events: 'The body holds no event',
  too_many_events: 'The body holds more events than one request may',
  body_too_large: 'The body is larger than one request may be',
  bad_body_encoding: 'The body is not valid gzip, or not in an encoding taken here',
  rate_limited: 'More events came from this address, or for this site, than are allowed',
  bad_key: 'The key is unknown or not valid for the site',
} as const

export type RefusalCode = keyof typeof REFUSAL_CODES

/** A judged event that was refused. Made for every bad pixel, so not an Error: no stack is taken. */
export class Refusal {
  constructor(
    readonly code: RefusalCode,
    /** The field to blame, by its column's name; empty when no single field is. */
    readonly field: string,
    readonly message: string,
    /** After how many seconds the same may be sent again; 0 when it never will be taken. */
    readonly retryAfterS = 0,
  ) {}
}
