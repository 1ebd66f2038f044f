/** `db`: a SQL prompt; `db -q 'SELECT …'` runs one statement and prints tab-separated values, for scripts. */
import { join } from 'node:path'
import { dataFolder } from '../config.ts'
import { write } from '../output.ts'
import { runSql, SqlError } from '../sql.ts'
import { runPrompt } from '../sql-prompt.ts'
import { sqlTarget } from '../sql-target.ts'
import { strictCommand } from '../strict-command.ts'

export default strictCommand({
  meta: { name: 'db', description: 'A SQL prompt on the tables' },
  args: {
    query: { type: 'string', alias: 'q', description: 'Run one statement and print tab-separated values' },
  },
  run: async ({ args }) => {
    const target = sqlTarget()
    try {
      if (args.query !== undefined) await runSql(target, args.query, 'TabSeparated', writeOrEnd)
      else if (process.stdin.isTTY) await runPrompt(target, join(dataFolder(process.env), 'db-history'))
      else await runSql(target, await Bun.stdin.text(), 'TabSeparated', writeOrEnd)
    } catch (error) {
      if (!(error instanceof SqlError)) throw error
      console.error(error.message)
      process.exit(1)
    }
  },
})

/** A reader that is gone, as of `db -q … | head`, ends the command. */
const writeOrEnd = (bytes: Uint8Array) => {
  if (!write(bytes)) process.exit(1)
}
