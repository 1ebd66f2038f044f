/** The newest answer of a question that changes: what was shown stays until the next answer is there; one that comes too late is dropped. */

export interface Newest<Shown> {
  /** Nothing before the first answer. */
  readonly shown: Shown | null
  /** Whether an answer is on its way. */
  readonly busy: boolean
  /** Shows what came by another way, unless an answer is on its way. */
  readonly replace: (shown: Shown) => void
}

/**
 * To be called while a component is set up.
 * @param question the promise of the newest answer, read from reactive state @param show what is kept of an answer, at once
 */
export function newest<Answer, Shown>(
  question: () => Promise<Answer> | Answer,
  show: (answer: Answer) => Shown,
): Newest<Shown> {
  let shown = $state.raw<Shown | null>(null)
  let busy = $state(true)
  $effect(() => {
    const asked = question()
    let isNewest = true
    busy = true
    void Promise.resolve(asked).then((answer) => {
      if (!isNewest) return
      shown = show(answer)
      busy = false
    })
    return () => {
      isNewest = false
    }
  })
  return {
    get shown() {
      return shown
    },
    get busy() {
      return busy
    },
    replace: (fresh) => {
      if (!busy) shown = fresh
    },
  }
}
