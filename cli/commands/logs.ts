/** `logs`: the end of each part's log, or of one part's; `-f` goes on with what comes. */
import { existsSync, readdirSync } from 'node:fs'
import { dataFolder } from '../config.ts'
import { readableLine } from '../log-line.ts'
import { lastLines, linesFrom, logFile, logFolder, logSize } from '../logs.ts'
import { print } from '../output.ts'
import { StartError } from '../start-error.ts'
import { strictCommand } from '../strict-command.ts'

const POLL_MS = 200

export default strictCommand({
  meta: { name: 'logs', description: 'Show the logs of the parts' },
  args: {
    part: { type: 'positional', required: false, description: 'One part; every part when absent' },
    follow: { type: 'boolean', alias: 'f', description: 'Go on with what comes' },
    lines: { type: 'string', alias: 'n', default: '100', description: 'Lines of each log to begin with' },
    raw: { type: 'boolean', description: 'As written, JSON lines included' },
  },
  run: async ({ args }) => {
    const dataDir = dataFolder(process.env)
    const known = logNames(dataDir)
    if (known.length === 0) throw new StartError(`no logs in ${logFolder(dataDir)}`)
    if (args.part && !known.includes(args.part))
      throw new StartError(`there is no log of "${args.part}"; there are ${known.join(', ')}`)
    const count = Number(args.lines)
    if (!Number.isInteger(count) || count < 0) throw new StartError(`-n ${args.lines}: no number of lines`)
    const names = args.part ? [args.part] : known
    const width = Math.max(...names.map((name) => name.length))
    const show = (name: string, line: string) => {
      const text = args.raw ? line : readableLine(line)
      print(args.part ? text : `${name.padEnd(width)} | ${text}`)
    }
    const ends = new Map(names.map((name) => [name, logSize(logFile(dataDir, name))]))
    for (const name of names) for (const line of lastLines(logFile(dataDir, name), count)) show(name, line)
    while (args.follow) {
      await Bun.sleep(POLL_MS)
      for (const [name, from] of ends) {
        const { lines, end } = linesFrom(logFile(dataDir, name), from)
        ends.set(name, end)
        for (const line of lines) show(name, line)
      }
    }
  },
})

function logNames(dataDir: string): string[] {
  const folder = logFolder(dataDir)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => name.slice(0, -4))
    .sort()
}
