/** docs/configuration.md: every setting of every part, from the declarations the parts read them with. */
import { aggregatorVariables } from '@rtpx/aggregator/config'
import { migrateVariables } from '@rtpx/clickhouse/migrate'
import { variables as serverVariables } from '@rtpx/clickhouse/server/config'
import { edgeVariables } from '@rtpx/edge/config'
import { dashboardVariables } from '../../dashboard/src/lib/server/config.ts'
import { upVariables } from '../config.ts'
import { code, markdownTable } from './table.ts'

interface Declared {
  readonly desc?: string
  readonly default?: unknown
  readonly choices?: readonly unknown[]
}

/** Each part with what it reads, in the order of the way of an event. */
export const DECLARED: Readonly<Record<string, Readonly<Record<string, Declared>>>> = {
  edge: edgeVariables,
  migrations: migrateVariables,
  'embedded ClickHouse': serverVariables,
  aggregator: aggregatorVariables,
  dashboard: dashboardVariables,
  up: upVariables,
}

const DEFAULT_OF_DATA = '.data'

/** The page's text. */
export function configurationPage(): string {
  const parts = new Map<string, { declared: Declared; readers: string[] }>()
  for (const [part, variables] of Object.entries(DECLARED)) {
    for (const [name, declared] of Object.entries(variables)) {
      const known = parts.get(name)
      if (known) known.readers.push(part)
      else parts.set(name, { declared, readers: [part] })
    }
  }
  const rows = [...parts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { declared, readers }]) => [
      code(name),
      code(defaultOf(name, declared)),
      `${declared.desc ?? ''}${choicesOf(declared)}`,
      readers.filter((reader) => reader !== 'up' || readers.length === 1).join(', '),
    ])
  return `# Configuration

Every setting is a variable of the environment, read once when a process starts; all bad ones are reported at the same time.
\`bun run up\` reads them all and hands each part what it needs. This page is written by \`bun run docs\`.

${markdownTable(['setting', 'default', 'meaning', 'read by'], rows)}
`
}

function defaultOf(name: string, declared: Declared): string {
  if (name === 'RTPX_DATA') return DEFAULT_OF_DATA
  return Array.isArray(declared.default) ? declared.default.join(',') : String(declared.default ?? '')
}

function choicesOf({ choices }: Declared): string {
  const named = (choices ?? []).filter((choice) => choice !== '').map((choice) => code(String(choice)))
  return named.length === 0 ? '' : ` (${named.join(', ')})`
}
