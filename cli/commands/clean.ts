/** `clean`: deletes everything rtpx keeps in the data folder, after asking. Never while rtpx runs. */
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { dataFolder } from '../config.ts'
import { removeData } from '../data-folder.ts'
import { print } from '../output.ts'
import { StartError } from '../start-error.ts'
import { orphans, trySupervise } from '../state.ts'
import { strictCommand } from '../strict-command.ts'

export default strictCommand({
  meta: { name: 'clean', description: 'Delete all data, after asking' },
  args: { yes: { type: 'boolean', alias: 'y', description: 'Do not ask' } },
  run: async ({ args }) => {
    const dataDir = dataFolder(process.env)
    if (!existsSync(dataDir)) {
      print(`nothing to delete: ${dataDir} is not there`)
      return
    }
    const supervision = trySupervise(dataDir)
    if (!supervision || orphans(dataDir).length > 0)
      throw new StartError('rtpx is up: stop it first with `down`')
    try {
      const agreed =
        args.yes || (await confirmed(`Delete every event, number and setting in ${dataDir}? [y/N] `))
      print(agreed ? deleted(dataDir) : 'nothing was deleted')
    } finally {
      supervision.release()
    }
  },
})

function deleted(dataDir: string): string {
  const left = removeData(dataDir)
  const kept = left.length > 0 ? `; left alone what is not rtpx's: ${left.join(', ')}` : ''
  return `deleted what rtpx kept in ${dataDir}${kept}`
}

async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new StartError('there is no terminal to ask on: say --yes')
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await prompt.question(question)
  prompt.close()
  return /^y(es)?$/i.test(answer.trim())
}
