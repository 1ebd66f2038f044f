/** `player export ID` and `player erase ID`: everything an install holds of one player, and its erasure with a receipt. */
import { userInfo } from 'node:os'
import { type ClickHouse, connectClickHouse } from '@rtpx/clickhouse/client'
import { clickhouseConnection } from '@rtpx/clickhouse/config'
import { countRows, findBelongings, type PlayerKey } from '@rtpx/clickhouse/privacy/belongings'
import { carryOutErasure } from '@rtpx/clickhouse/privacy/erase'
import { exportPlayer } from '@rtpx/clickhouse/privacy/export'
import { erasuresOf, openErasures, type Receipt, requestErasure } from '@rtpx/clickhouse/privacy/ledger'
import { takeUpFacts } from '@rtpx/clickhouse/queries/facts'
import { registeredSites } from '@rtpx/clickhouse/queries/sites'
import { defineCommand } from 'citty'
import { erasePlayerFromTexts } from '../../dashboard/src/lib/server/players/texts.ts'
import { withStore } from '../accounts-store.ts'
import { readUpSettings } from '../config.ts'
import { print, write } from '../output.ts'
import { StartError } from '../start-error.ts'
import { runningSystem } from '../state.ts'
import { strictCommand } from '../strict-command.ts'
import { table } from '../table.ts'

const player = {
  id: { type: 'positional', description: 'The player_id, as the brand knows it', required: true },
  site: { type: 'string', description: 'Site of the player', default: 'default' },
} as const

const exporting = strictCommand({
  meta: { name: 'export', description: 'Print everything held of a player, as one JSON' },
  args: player,
  run: ({ args }) =>
    onPlayer(args, async (clickhouse, key) => {
      for await (const piece of exportPlayer(clickhouse, key, Date.now()))
        if (!write(Buffer.from(piece))) return
    }),
})

const erasing = strictCommand({
  meta: { name: 'erase', description: 'Erase a player from every table and print the receipt' },
  args: {
    ...player,
    'dry-run': { type: 'boolean', description: 'Show what would be erased, and erase nothing' },
  },
  run: ({ args }) =>
    onPlayer(args, async (clickhouse, key) => {
      await takeUpFacts(clickhouse)
      const [open] = (await openErasures(clickhouse)).filter(
        ({ site_id, player_id }) => site_id === key.site_id && player_id === key.player_id,
      )
      const rows = await countRows(clickhouse, await findBelongings(clickhouse, key))
      if (args['dry-run']) {
        for (const line of rowLines(rows)) print(line)
        return void print('dry run: nothing was erased')
      }
      const texts = await withStore(({ db }) => erasePlayerFromTexts(db, key))
      if (texts > 0) print(`texts of the dashboard that named the player: ${texts}, now without the name`)
      if (Object.keys(rows).length === 0 && !open) {
        print(`nothing is held of this player on the site ${key.site_id}`)
        for (const receipt of await erasuresOf(clickhouse, key)) printReceipt(receipt)
        return
      }
      const request = {
        requested_by: `${userInfo().username} (command line)`,
        now: Date.now(),
        erasure_id: crypto.randomUUID(),
      }
      printReceipt(await carryOutErasure(clickhouse, await requestErasure(clickhouse, key, request)))
    }),
})

export default defineCommand({
  meta: { name: 'player', description: 'Export or erase one player' },
  subCommands: { export: exporting, erase: erasing },
})

async function onPlayer(
  { id, site }: { readonly id: string; readonly site: string },
  work: (clickhouse: ClickHouse, key: PlayerKey) => Promise<void>,
): Promise<void> {
  if (id === '') throw new StartError('a player needs an id')
  const settings = readUpSettings(process.env)
  const own = settings.CLICKHOUSE_URL || `http://127.0.0.1:${settings.CLICKHOUSE_PORT}`
  const url = runningSystem(settings.RTPX_DATA)?.urls.clickhouse ?? own
  const connection = clickhouseConnection({ ...settings, CLICKHOUSE_URL: url })
  const clickhouse = connectClickHouse({ ...connection, requestTimeoutMs: 3_600_000 })
  try {
    if (!(await clickhouse.ping())) throw new StartError(`ClickHouse at ${url} does not answer`)
    const sites = (await registeredSites(clickhouse)).map(({ site_id }) => site_id)
    if (!sites.includes(site)) throw new StartError(`there is no site ${site}; sites: ${sites.join(', ')}`)
    await work(clickhouse, { site_id: site, player_id: id })
  } finally {
    await clickhouse.close()
  }
}

const rowLines = (rows: Readonly<Record<string, number>>) =>
  Object.keys(rows).length === 0
    ? ['no table holds anything of this player']
    : [
        table(
          ['TABLE', 'ROWS'],
          Object.entries(rows).map(([name, count]) => [name, String(count)]),
        ),
      ]

function printReceipt({ remains, rows, ...receipt }: Receipt): void {
  const time = (ms: number | null) => (ms === null ? 'not yet' : new Date(ms).toISOString())
  print(`receipt ${receipt.erasure_id}`)
  print(`player  ${receipt.subject_hash} (hash), site ${receipt.site_id}`)
  print(`asked   ${time(receipt.requested_at)} by ${receipt.requested_by}`)
  print(`erased  ${time(receipt.finished_at)}`)
  for (const line of rowLines(rows)) print(line)
  print('What remains:')
  for (const line of remains) print(`- ${line}`)
}
