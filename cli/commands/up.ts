/** `up`: starts everything and stays, or leaves it running with `--detach`. */

import { dataFolder } from '../config.ts'
import { strictCommand } from '../strict-command.ts'
import { attached } from './up-attached.ts'
import { detached } from './up-detached.ts'

export default strictCommand({
  meta: { name: 'up', description: 'Start everything; Ctrl-C stops it' },
  args: {
    detach: {
      type: 'boolean',
      alias: 'd',
      description: 'Return when everything is ready, and leave it running',
    },
  },
  run: ({ args }) => {
    const dataDir = dataFolder(process.env)
    return args.detach ? detached(dataDir) : attached(dataDir)
  },
})
