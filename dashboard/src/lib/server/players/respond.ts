/** Answers of the API about players: what everything there may be refused with, once. */
import { Unreadable } from '../body.ts'
import { problemResponse } from '../problem.ts'
import { BadParameter } from './ask.ts'
import { UnknownPlayer } from './player.ts'

export const notFound = (code: string, title: string, detail: string) =>
  problemResponse({ status: 404, code, title, detail })

/** Runs `read`; what it refuses becomes a problem. @throws whatever else it throws */
export async function orProblem<T>(read: () => Promise<T>): Promise<T | Response> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof BadParameter || error instanceof Unreadable) return problemResponse(error.problem)
    if (error instanceof UnknownPlayer)
      return notFound('unknown_player', 'There is no such player', 'No event of this site names the player.')
    throw error
  }
}
