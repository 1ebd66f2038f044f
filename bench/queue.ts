/** The doors to Kafka as they are, but for some settings of the door of events. */
import { join } from 'node:path'

const QUEUE_SQL = join(import.meta.dir, '../clickhouse/queue.sql')

/**
 * The template of the doors.
 * @param settings values by name; null leaves a setting to ClickHouse
 * @throws when a setting is not there that is to go
 */
export async function queueWith(settings: Readonly<Record<string, number | null>>): Promise<string> {
  let text = await Bun.file(QUEUE_SQL).text()
  for (const [name, value] of Object.entries(settings)) {
    const without = text.replace(new RegExp(`^\\s*${name} = \\d+(,\\n|;)`, 'm'), (_, end) =>
      end === ';' ? ';' : '',
    )
    if (without === text && value === null) throw new Error(`queue.sql has no ${name}`)
    text = value === null ? without : without.replace('SETTINGS\n', `SETTINGS\n  ${name} = ${value},\n`)
  }
  // The last setting, gone, leaves a comma before the end.
  return text.replaceAll(/,\s*;/g, ';')
}
