import type { Caller } from '#lib/server/caller.ts'

declare global {
  namespace App {
    interface Locals {
      /** Who asks; null when nobody is signed in. */
      caller: Caller | null
    }
  }
}
