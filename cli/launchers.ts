/**
 * `npx … bun run up` is a chain: npm, a shell, `bun run`, then us. A SIGTERM to npm ends it and the shell but is not
 * passed on, so who stops the command they started would leave everything running. When one of that chain ends, we stop.
 */

const POLL_MS = 500
const CHAIN = 4

/** Calls `ended` once when a launcher ends. Returns what ends the watch. */
export function watchLaunchers(
  env: Readonly<Record<string, string | undefined>>,
  ended: () => void,
): () => void {
  const pids = launchers(env)
  if (pids.length === 0) return () => {}
  const timer = setInterval(() => {
    if (pids.every(exists)) return
    clearInterval(timer)
    ended()
  }, POLL_MS)
  return () => clearInterval(timer)
}

/** The processes from our parent up to npm; none when it did not start us. */
function launchers(env: Readonly<Record<string, string | undefined>>): number[] {
  if (!env.npm_lifecycle_event) return []
  const chain: number[] = []
  for (let pid = process.ppid; pid > 1 && chain.length < CHAIN; ) {
    const found = ask(pid)
    if (!found) return []
    chain.push(pid)
    if (/\b(npm exec|npx|npm-cli|npx-cli)\b/.test(found.command)) return chain
    pid = found.parent
  }
  return []
}

function ask(pid: number): { parent: number; command: string } | undefined {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'ppid=,args=', '-p', String(pid)])
  const match = /^\s*(\d+)\s+(.*)$/.exec(stdout.toString().trimEnd())
  return match ? { parent: Number(match[1]), command: match[2] ?? '' } : undefined
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
