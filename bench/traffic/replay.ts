/** `bun run replay <file>`: an access log through the edge, each line once. See `replay-options.ts` for what it promises. */
import { SettingsError } from '@rtpx/kafka/settings'
import { terminalProgress } from '../progress.ts'
import { surveyLog } from './access-log/survey.ts'
import { keepShift, readShift, timesOf } from './access-log/times.ts'
import { machineClock } from './clock.ts'
import { SetupError, trafficSettings } from './config.ts'
import { deliver } from './delivery/deliver.ts'
import { ATTEMPT_MS, GIVE_UP_MS } from './delivery/limits.ts'
import { eventIdOf } from './event-ids.ts'
import { replayLog } from './replay-log.ts'
import { REPLAY_HELP, replayArguments } from './replay-options.ts'
import { exitCode, replaySummary } from './replay-summary.ts'

/** @returns the exit code. @throws SetupError, SettingsError when it cannot begin */
async function replay(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const given = replayArguments(argv)
  if (!given) {
    console.log(REPLAY_HELP)
    return 0
  }
  const { edgeUrl, dataDir, serverKey } = await trafficSettings(process.env, given.edge)
  const survey = await readable(given.file, surveyLog(given.file))
  if (survey.requests === 0) throw new SetupError(`${given.file} holds no request of an access log`)

  const clock = machineClock(signal)
  const run = given.again ? crypto.randomUUID() : ''
  const place = eventIdOf(edgeUrl, given.site, survey.firstLine)
  const earlierShift = given.again ? undefined : await readShift(dataDir, place)
  const { shift, occurredAt } = timesOf({ rule: given.times, survey, now: clock.now, earlierShift })
  if (given.times === 'shift' && !given.again && earlierShift === undefined)
    await keepShift(dataDir, place, shift)

  const progress = terminalProgress('replay', 'lines', survey.lines)
  const result = await replayLog({
    path: given.file,
    events: { log: survey.firstLine, run, site: given.site, domain: given.domain, occurredAt },
    speed: given.speed,
    earliest: survey.earliest,
    clock,
    deliver: (lines) =>
      deliver(lines, {
        edgeUrl,
        serverKey,
        giveUpMs: GIVE_UP_MS,
        attemptMs: ATTEMPT_MS,
        signal,
        clock,
        onRetry: (reason) => console.error(`\n${reason}; trying again`),
      }),
    onProgress: (lines) => progress.update(lines),
  })
  progress.end()
  console.log(replaySummary(result, survey.lines, given.again).join('\n'))
  return signal.aborted ? 130 : exitCode(result, survey.lines)
}

/** @throws SetupError in place of what reading threw */
async function readable<T>(file: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    throw new SetupError(`${file} cannot be read: ${(error as Error).message}`)
  }
}

const interruption = new AbortController()
process.once('SIGINT', () => interruption.abort())
process.once('SIGTERM', () => interruption.abort())
try {
  process.exitCode = await replay(process.argv.slice(2), interruption.signal)
} catch (error) {
  if (!(error instanceof SetupError || error instanceof SettingsError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
