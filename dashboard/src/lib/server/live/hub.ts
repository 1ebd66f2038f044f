/**
 * One reading of a question for all who watch it.
 *
 * - However many watch, a question is read once a second, never twice at a time; one that says it is heavy, or takes long, is read
 *   more seldom, so that reading takes at most a third of the time.
 * - Nobody is told what did not change. Whoever holds the version before is told the change, everyone else the whole.
 * - A question nobody watches is not read.
 * Clock and timers are passed in.
 */
import { diff } from '#lib/live/patch.ts'
import type { Trouble } from '#lib/overview.ts'

const INTERVAL_MS = 1_000

/** Parts of messages, ready to be sent: they lack only what the watcher calls the question. */
export interface Update {
  readonly version: number
  /** The answer as it is. */
  readonly whole: string
  /** What changed since version - 1; null where the whole is no longer than that. */
  readonly change: string | null
}

interface Watcher {
  readonly onUpdate: (update: Update) => void
  readonly onTrouble: (trouble: Trouble) => void
}

export interface Question {
  /** The same for all who must be told the same. */
  readonly key: string
  readonly read: () => Promise<unknown>
  /** The least time between two readings, ms; a second without. */
  readonly everyMs?: number
}

export interface Subscription {
  /** The newest answer, if there is one. */
  readonly newest: () => Update | null
  readonly stop: () => void
}

export interface Hub {
  /** Tells the watcher the newest answer at once, or as soon as there is one, and then each change. */
  readonly watch: (question: Question, watcher: Watcher) => Subscription
  /** How many questions are being read. */
  readonly questions: () => number
}

export interface HubOptions {
  /** ms, only ever compared with itself */
  readonly clock: () => number
  /** Runs something later; returns how to call it off. */
  readonly later: (run: () => void, delayMs: number) => () => void
  /** An error in words. */
  readonly troubleOf: (error: unknown) => Trouble
}

export function createHub(options: HubOptions): Hub {
  const topics = new Map<string, Topic>()
  return {
    watch: (question, watcher) => {
      let topic = topics.get(question.key)
      if (!topic) {
        topic = new Topic(question, options, () => topics.delete(question.key))
        topics.set(question.key, topic)
      }
      return topic.join(watcher)
    },
    questions: () => topics.size,
  }
}

class Topic {
  private readonly watchers = new Set<Watcher>()
  private state: unknown
  private text = ''
  private newest: Update | null = null
  private trouble: Trouble | null = null
  private cancel: (() => void) | undefined

  constructor(
    private readonly question: Question,
    private readonly options: HubOptions,
    private readonly onEmpty: () => void,
  ) {}

  join(watcher: Watcher): Subscription {
    this.watchers.add(watcher)
    if (this.trouble) watcher.onTrouble(this.trouble)
    else if (this.newest) watcher.onUpdate(this.newest)
    if (this.watchers.size === 1) void this.tick()
    return {
      newest: () => this.newest,
      stop: () => {
        if (!this.watchers.delete(watcher) || this.watchers.size > 0) return
        this.cancel?.()
        this.onEmpty()
      },
    }
  }

  private async tick(): Promise<void> {
    const started = this.options.clock()
    try {
      this.take(await this.question.read())
    } catch (error) {
      this.fail(this.options.troubleOf(error))
    }
    if (this.watchers.size === 0) return
    const took = this.options.clock() - started
    this.cancel = this.options.later(
      () => void this.tick(),
      Math.max((this.question.everyMs ?? INTERVAL_MS) - took, took * 2),
    )
  }

  private take(state: unknown): void {
    const text = JSON.stringify(state)
    const isSame = text === this.text && this.newest !== null
    if (isSame && !this.trouble) return
    if (!isSame) {
      const version = (this.newest?.version ?? 0) + 1
      const said = (name: string, json: string) => `"version":${version},"${name}":${json}`
      const patch = this.newest === null ? null : JSON.stringify(diff(this.state, JSON.parse(text)))
      const change = patch !== null && patch.length < text.length ? said('patch', patch) : null
      this.newest = { version, whole: said('state', text), change }
      // As it was said, so that the next change is one of what the watchers hold.
      this.state = JSON.parse(text)
      this.text = text
    }
    this.trouble = null
    for (const watcher of this.watchers) if (this.newest) watcher.onUpdate(this.newest)
  }

  private fail(trouble: Trouble): void {
    if (this.trouble?.code === trouble.code && this.trouble.detail === trouble.detail) return
    this.trouble = trouble
    for (const watcher of this.watchers) watcher.onTrouble(trouble)
  }
}
