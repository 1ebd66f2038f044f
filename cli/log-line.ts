/** A log line for people: pino's JSON becomes time, level, message and the rest as name=value; anything else stays. */

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

export function readableLine(line: string): string {
  const record = parse(line)
  if (!record) return line
  const { level, time, msg, pid: _pid, hostname: _host, name: _name, ...rest } = record
  const when = typeof time === 'number' ? new Date(time).toISOString() : ''
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return [when, (LEVELS[Number(level)] ?? '').padEnd(5), msg, ...fields]
    .filter((text) => text !== '')
    .join(' ')
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const record = JSON.parse(line) as Record<string, unknown>
    return 'msg' in record && 'level' in record ? record : undefined
  } catch {
    return undefined
  }
}
