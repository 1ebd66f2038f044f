/** `bun run demo`: believable traffic, past and live. See `demo-options.ts` for what it promises. */
import { SettingsError } from '@rtpx/kafka/settings'
import { terminalProgress } from '../progress.ts'
import { type Clock, machineClock } from './clock.ts'
import { SetupError, type TrafficSettings, trafficSettings } from './config.ts'
import { DeliveryError, deliver } from './delivery/deliver.ts'
import { ATTEMPT_MS, GIVE_UP_MS } from './delivery/limits.ts'
import { DEMO_HELP, type DemoArguments, demoArguments } from './demo-options.ts'
import { DAY_MS } from './model/calendar.ts'
import { history } from './model/history.ts'
import { liveFrom } from './model/live.ts'
import { Outcome } from './outcome.ts'
import { sendHistory } from './send-history.ts'
import { sendLive } from './send-live.ts'

interface Run {
  readonly given: DemoArguments
  readonly settings: TrafficSettings
  readonly clock: Clock
  readonly signal: AbortSignal
}

async function past(run: Run): Promise<Outcome> {
  const { given, clock } = run
  const to = clock.now()
  const from = (Math.floor(to / DAY_MS) - given.days) * DAY_MS
  const outcome = new Outcome()
  const started = clock.steady()
  const progress = terminalProgress('history', 'days', given.days)
  await sendHistory(history(given, from, to), outcome, asServer(run), (at) =>
    progress.update((at - from) / DAY_MS, `${outcome.accepted.toLocaleString('en')} events`),
  ).finally(() => progress.end())
  console.log(`history: ${outcome.summary((clock.steady() - started) / 1000)}`)
  return outcome
}

async function present(run: Run): Promise<Outcome> {
  const { given, settings, clock, signal } = run
  const outcome = new Outcome()
  const started = clock.steady()
  const progress = terminalProgress('live, Ctrl-C ends it', 'pixels')
  const { recent, coming } = liveFrom(given, clock.now(), given.rate)
  let sent = 0
  const onSent = () => {
    sent += 1
    progress.update(sent)
  }
  try {
    await sendHistory(recent, outcome, asServer(run), () => {})
    await sendLive(coming, outcome, {
      edgeUrl: settings.edgeUrl,
      clock,
      onSent,
      onTrouble: tell,
    })
  } catch (error) {
    if (!signal.aborted) throw error
  }
  progress.end()
  console.log(`live: ${outcome.summary((clock.steady() - started) / 1000)}`)
  return outcome
}

function asServer({ settings, clock, signal }: Run) {
  const options = {
    ...settings,
    giveUpMs: GIVE_UP_MS,
    attemptMs: ATTEMPT_MS,
    signal,
    clock,
    onRetry: tell,
  }
  return (lines: readonly string[]) => deliver(lines, options)
}

/** @returns the exit code. @throws SetupError, SettingsError, DeliveryError with one line for a person */
async function demo(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const given = demoArguments(argv)
  if (!given) {
    console.log(DEMO_HELP)
    return 0
  }
  const settings = await trafficSettings(process.env, given.edge)
  const run: Run = { given, settings, clock: machineClock(signal), signal }
  const outcomes: Outcome[] = []
  if (given.history) outcomes.push(await past(run))
  if (given.live) outcomes.push(await present(run))
  return outcomes.some(({ unexpected }) => unexpected.size > 0) ? 1 : 0
}

let told = ''
/** Says what is wrong once, not once a pixel. */
function tell(reason: string): void {
  if (reason === told) return
  told = reason
  console.error(`\n${reason}; trying again`)
}

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())
try {
  process.exitCode = await demo(process.argv.slice(2), interruption.signal)
} catch (error) {
  if (interruption.signal.aborted) process.exitCode = 130
  else if (error instanceof SetupError || error instanceof SettingsError || error instanceof DeliveryError) {
    console.error(error.message)
    process.exitCode = 1
  } else throw error
}
