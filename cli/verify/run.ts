/** Runs one step: a line with its time, and its output when it fails. */

/** @returns whether the command ended with exit code 0 */
export async function run(name: string, command: readonly string[], cwd: string): Promise<boolean> {
  const started = performance.now()
  const child = Bun.spawn([...command], { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(18)} ${seconds.padStart(6)} s`)
  if (code !== 0) console.log(`$ ${command.join(' ')}\n${out}${err}`)
  return code === 0
}
