/** The command line: `bun cli/main.ts <command>`. What goes wrong is a line on standard error and exit code 1. */
import { BrokerError } from '@rtpx/kafka/broker/broker-error'
import { SettingsError } from '@rtpx/kafka/settings'
import { defineCommand, runCommand, runMain } from 'citty'
import { StartError } from './start-error.ts'

const main = defineCommand({
  meta: { name: 'rtpx', description: 'A self-hosted event platform: pixels in, numbers out' },
  subCommands: {
    up: () => import('./commands/up.ts').then((module) => module.default),
    down: () => import('./commands/down.ts').then((module) => module.default),
    ps: () => import('./commands/ps.ts').then((module) => module.default),
    logs: () => import('./commands/logs.ts').then((module) => module.default),
    clean: () => import('./commands/clean.ts').then((module) => module.default),
    user: () => import('./commands/user.ts').then((module) => module.default),
    key: () => import('./commands/key.ts').then((module) => module.default),
    topic: () => import('./commands/topic.ts').then((module) => module.default),
    db: () => import('./commands/db.ts').then((module) => module.default),
    backup: () => import('./commands/backup.ts').then((module) => module.default),
    restore: () => import('./commands/restore.ts').then((module) => module.default),
    capacity: () => import('./commands/capacity.ts').then((module) => module.default),
    doctor: () => import('./commands/doctor.ts').then((module) => module.default),
    player: () => import('./commands/player.ts').then((module) => module.default),
    export: () => import('./commands/export.ts').then((module) => module.default),
    'replay-rejected': () => import('./commands/replay-rejected.ts').then((module) => module.default),
  },
})

const wantsHelp = (args: readonly string[]) =>
  args.length === 0 || args.includes('--help') || args.includes('-h')

try {
  if (wantsHelp(process.argv.slice(2))) await runMain(main)
  else await runCommand(main, { rawArgs: process.argv.slice(2) })
} catch (error) {
  const known =
    error instanceof StartError ||
    error instanceof SettingsError ||
    error instanceof BrokerError ||
    (error as Error).name === 'CLIError'
  console.error(known ? (error as Error).message : error)
  process.exit(1)
}
