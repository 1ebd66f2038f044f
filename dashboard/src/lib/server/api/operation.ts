/**
 * One call of the API as it is documented: from it come the OpenAPI document, the page `/docs/api`, what a request may ask, and
 * the contract test.
 */
import type { TSchema } from '@sinclair/typebox'
import type { Permission } from '#lib/permission.ts'

export interface Parameter {
  readonly about: string
  readonly schema: TSchema
  readonly required?: boolean
  readonly example?: string
  /** Code of the problem when the schema does not take it; `invalid_` and the name without. */
  readonly code?: string
  /** What it must be, in words, where the schema alone does not say it. */
  readonly wanted?: string
}

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With parameters in braces, as OpenAPI has them. */
  readonly path: string
  /** The section it stands in. */
  readonly tag: string
  readonly summary: string
  readonly permission: Permission
  /** Of the path, in its order. */
  readonly path_parameters?: Readonly<Record<string, Parameter>>
  readonly query?: Readonly<Record<string, Parameter>>
  /** Further parameters that have no fixed names; each may stand several times. */
  readonly patterned?: { readonly name: string; readonly pattern: string; readonly about: string }
  readonly body?: {
    readonly schema: TSchema
    readonly example: unknown
    /** Code of the problem when a field does not fit, for all or by field; `invalid_` and the field's name without. */
    readonly code?: string
    readonly codes?: Readonly<Record<string, string>>
    /** Its route holds it against the same schema and says more about it, such as every line that is wrong. */
    readonly judged_by_route?: boolean
  }
  readonly answer: { readonly status: 200 | 201 | 202 | 204; readonly schema?: TSchema }
  /** Codes of its problems beside those that every call may answer. */
  readonly problems?: Readonly<Record<number, readonly string[]>>
}
