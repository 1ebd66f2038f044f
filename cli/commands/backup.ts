/** `backup`: everything rtpx keeps on this machine, in one file, while it runs. */
import { resolve } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { backUp } from '../backup/backup.ts'
import { readUpSettings } from '../config.ts'
import { print } from '../output.ts'
import { strictCommand } from '../strict-command.ts'

export default strictCommand({
  meta: { name: 'backup', description: 'Everything rtpx keeps on this machine, in one file, while it runs' },
  args: {
    file: {
      type: 'positional',
      required: false,
      description: 'The file; rtpx-<time>.tar in the current folder when absent',
    },
  },
  run: async ({ args }) => {
    const now = Date.now()
    const file = resolve(
      args.file || `rtpx-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}.tar`,
    )
    const { manifest, files, heldMs } = await backUp(
      readUpSettings(process.env),
      packageJson.version,
      file,
      now,
    )
    print(`${file}: ${files} files of ${manifest.folders.join(', ')}`)
    print(
      heldMs > 0
        ? `numbers stood still for ${(heldMs / 1000).toFixed(2)} s; pixels were answered all the while`
        : 'rtpx was down',
    )
    for (const what of manifest.elsewhere) print(`not in it: ${what}`)
  },
})
