/** What is said over the WebSocket at `/live`, by both sides; `docs/live.md` tells it to others. */
import type { Trouble } from '#lib/overview.ts'
import type { Operation } from './patch.ts'

/** How often a line says that it is alive, and after how much silence it counts as dead; ms. */
export const BEAT_MS = 5_000
export const SILENCE_MS = 15_000

/** How often a heavy question is asked again at most, while events come; ms. */
export const HEAVY_MS = 10_000

export type ClientMessage =
  | {
      /** A question's name. */
      readonly subscribe: string
      /** What the answers are to be called; chosen by the client. */
      readonly id: number
      /** What is asked for: the parameters of the page's URL. */
      readonly search?: string
    }
  | { readonly unsubscribe: number }

export type ServerMessage =
  /** The answer as it is. */
  | { readonly id: number; readonly version: number; readonly state: unknown }
  /** What changed since version - 1. */
  | { readonly id: number; readonly version: number; readonly patch: readonly Operation[] }
  /** Why there is no answer now; the question stays asked. */
  | { readonly id: number; readonly trouble: Trouble }
  /** The question is not taken. */
  | { readonly id: number; readonly refused: Trouble }
  | { readonly beat: number }

/** Codes the server closes with, besides those of RFC 6455. */
export const CLOSED = {
  /** The session has ended or lost its rights. */
  signed_out: 4401,
  too_many: 4429,
  too_slow: 4408,
  not_understood: 4400,
} as const
