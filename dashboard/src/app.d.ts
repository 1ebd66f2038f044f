import type { IncomingMessage } from 'node:http'
import type { Person } from '#lib/server/accounts/session.ts'
import type { Operation } from '#lib/server/api/operation.ts'
import type { Caller } from '#lib/server/caller.ts'
import type { LiveSocket } from '#lib/server/live/connection.ts'

declare global {
  namespace App {
    interface Locals {
      /** Who asks; null when nobody is signed in. */
      caller: Caller | null
      /** Whose session it is; null for keys and shared links. */
      person: Person | null
      /** Cookies of the accounts, for the answer. */
      set_cookies: string[]
      /** The documented call that is made; pages and what only they ask have none. */
      operation?: Operation | undefined
      /** Parameters that a shared link fixes. */
      fixed: readonly string[]
      /** Which sites may frame the answer; null: none. */
      frame_ancestors: string | null
    }
    interface Platform {
      req: IncomingMessage
      /** There when the request is to become a WebSocket: takes it, once it is one. */
      admit?: (accept: (socket: LiveSocket) => void) => void
    }
  }
}
