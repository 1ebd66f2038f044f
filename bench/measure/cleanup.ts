/**
 * What a bench has to take back: processes, folders, servers. Undone in reverse, once, also when the bench fails or is
 * interrupted; one failing step does not keep the others.
 */
export class Cleanup {
  private steps: (() => unknown)[] = []
  private running: Promise<void> | undefined
  private readonly controller = new AbortController()

  /** Aborts when everything is being taken back: what takes long to begin need not end first. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Adds a step. To be called before what it undoes is begun. @throws when everything is being taken back already */
  add(step: () => unknown): void {
    if (this.running) throw new Error('interrupted')
    this.steps.push(step)
  }

  /**
   * Begins something that takes a while to be there; `undo` waits for it, so that nothing half-begun is left.
   * @throws what `begin` throws
   */
  async hold<T>(begin: () => Promise<T>, undo: (value: T) => unknown): Promise<T> {
    let begun: Promise<T> | undefined
    this.add(async () => {
      const value = await begun?.catch(() => undefined)
      if (value !== undefined) await undo(value)
    })
    begun = begin()
    return begun
  }

  run(): Promise<void> {
    this.running ??= this.undo()
    return this.running
  }

  private async undo(): Promise<void> {
    this.controller.abort()
    for (const step of this.steps.reverse()) {
      try {
        await step()
      } catch (error) {
        console.error(`clean-up: ${(error as Error).message}`)
      }
    }
  }
}
