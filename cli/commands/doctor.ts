/** `doctor`: looks at everything and says in words what is wrong and what to change. Exit code 1 when something does not work. */
import { type Check, type Status, worstOf } from '@rtpx/clickhouse/health/check'
import { examine } from '../doctor/examine.ts'
import { print } from '../output.ts'
import { colours } from '../progress.ts'
import { strictCommand } from '../strict-command.ts'

export default strictCommand({
  meta: { name: 'doctor', description: 'Look at every part, and say what is wrong and what to change' },
  args: {
    json: { type: 'boolean', description: 'The checks as JSON, for programs' },
  },
  run: async ({ args }) => {
    const checks = await examine(process.env)
    const status = worstOf(checks)
    if (args.json) print(JSON.stringify({ status, checks }, null, 2))
    else for (const line of doctorLines(checks, colours(process.stdout, process.env))) print(line)
    process.exit(status === 'bad' ? 1 : 0)
  },
})

const MARKS: Readonly<Record<Status, readonly [mark: string, colour: number]>> = {
  ok: ['ok', 32],
  warn: ['warn', 33],
  bad: ['BAD', 31],
  unknown: ['?', 33],
}

/** The checks for people: what is wrong again at the end, because that is where they look. */
export function doctorLines(checks: readonly Check[], coloured: boolean): string[] {
  const paint = (colour: number, text: string) => (coloured ? `\x1b[${colour}m${text}\x1b[0m` : text)
  const width = Math.max(...checks.map(({ title }) => title.length))
  const line = ({ title, status, words }: Check) => {
    const [mark, colour] = MARKS[status]
    return `${paint(colour, mark.padEnd(5))} ${title.padEnd(width)}  ${words}`
  }
  const wrong = checks.filter(({ status }) => status !== 'ok')
  const advice = wrong
    .toSorted((a, b) => Number(b.status === 'bad') - Number(a.status === 'bad'))
    .flatMap((check) => ['', line(check), ...(check.advice ? [`      → ${check.advice}`] : [])])
  const count = (status: Status) => checks.filter((check) => check.status === status).length
  const sum = `${count('bad')} wrong, ${count('warn')} to look at, ${count('unknown')} not known, ${count('ok')} well`
  return [...checks.map(line), ...advice, '', sum]
}
