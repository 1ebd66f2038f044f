/** `restore`: puts a backup back, and counts its numbers again before anything runs. */
import { resolve } from 'node:path'
import { restore } from '../backup/restore.ts'
import { dataFolder } from '../config.ts'
import { print } from '../output.ts'
import { StartError } from '../start-error.ts'
import { strictCommand } from '../strict-command.ts'

export default strictCommand({
  meta: { name: 'restore', description: 'Put a backup back, and count its numbers again' },
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'The file that `backup` wrote; its .sha256 beside it',
    },
    replace: { type: 'boolean', description: 'Move the data that is there aside' },
    days: {
      type: 'string',
      default: '31',
      description: 'How many of the newest days to count again; 0 for none',
    },
  },
  run: async ({ args }) => {
    const days = Number(args.days)
    if (!Number.isInteger(days) || days < 0) throw new StartError(`--days ${args.days}: no number of days`)
    const { manifest, replaced, recount } = await restore(
      resolve(args.file),
      dataFolder(process.env),
      { replace: args.replace === true, days },
      Date.now(),
    )
    print(`restored ${manifest.folders.join(', ')} as of ${new Date(manifest.at).toISOString()}`)
    if (replaced) print(`what was there is in ${replaced}`)
    for (const line of recount?.lines ?? []) print(line)
    if (recount)
      print(
        `${recount.events} events; ${recount.differences === 0 ? 'every number is as its events say' : `${recount.differences} numbers differ from their events`}`,
      )
    if (recount && recount.differences > 0)
      print(
        'A block that ClickHouse was at when it was held comes again from Kafka: after `up`, `job recount` tells what is left, and `--repair` mends it.',
      )
  },
})
