/** `key create`: a key for the API from the machine rtpx runs on. */
import { defineCommand } from 'citty'
import { record } from '../../dashboard/src/lib/server/accounts/audit.ts'
import { createKey, PERMISSIONS } from '../../dashboard/src/lib/server/accounts/keys.ts'
import { firstOrganization, hasOwner } from '../../dashboard/src/lib/server/accounts/people.ts'
import { AT_THE_MACHINE, withStore } from '../accounts-store.ts'
import { StartError } from '../start-error.ts'
import { strictCommand } from '../strict-command.ts'

const DAY_MS = 86_400_000

const create = strictCommand({
  meta: { name: 'create', description: 'Create a key for the API and print it, once' },
  args: {
    scope: {
      type: 'string',
      required: true,
      description: `What it may, with commas: ${PERMISSIONS.join(', ')}`,
    },
    name: { type: 'string', default: 'command line', description: 'What to call it' },
    site: { type: 'string', description: 'Sites it is for, with commas; without: all' },
    banners: { type: 'string', description: 'Prefixes of the banners it is for, with commas; without: all' },
    days: { type: 'string', default: '365', description: 'Days until it ends; 0: never' },
    rate: { type: 'string', default: '600', description: 'Requests a minute' },
  },
  run: async ({ args }) => {
    const permissions = listFrom(args.scope)?.map((name) => {
      const known = PERMISSIONS.find((permission) => permission === name)
      if (!known) throw new StartError(`"${name}" is no scope: ${PERMISSIONS.join(', ')}`)
      return known
    })
    if (!permissions) throw new StartError('--scope names nothing')
    const days = wholeNumber('--days', args.days, 0)
    const now = Date.now()
    const key = await withStore(async ({ db }) => {
      if (!(await hasOwner(db))) throw new StartError('there is no owner yet: bun run user create EMAIL')
      const organization_id = await firstOrganization(db)
      const made = await createKey(
        db,
        {
          organization_id,
          created_by: AT_THE_MACHINE.name,
          name: args.name,
          permissions,
          site_ids: listFrom(args.site),
          banner_prefixes: listFrom(args.banners),
          requests_per_minute: wholeNumber('--rate', args.rate, 1),
          expires_at: days === 0 ? null : now + days * DAY_MS,
        },
        now,
      )
      const deed = { action: 'key.created', target: args.name, detail: { permissions, days } }
      await record(db, { ...AT_THE_MACHINE, organization_id }, deed, now)
      return made.key
    })
    // Alone on standard output, for scripts.
    console.info(key)
  },
})

/** The names of a list with commas; null for none. */
function listFrom(text: string | undefined): string[] | null {
  const names = (text ?? '').split(',').flatMap((name) => name.trim() || [])
  return names.length > 0 ? names : null
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (text === '' || !Number.isInteger(value) || value < least)
    throw new StartError(`${option}: "${text}" is no whole number from ${least}`)
  return value
}

export default defineCommand({
  meta: { name: 'key', description: 'Create a key for the API' },
  subCommands: { create },
})
