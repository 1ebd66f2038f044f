/** Commands that refuse what they do not know: a mistyped option must not be a command without it. */
import { type ArgsDef, type CommandDef, defineCommand } from 'citty'
import { StartError } from './start-error.ts'

/** As citty's `defineCommand`, for a command with its own `args`. @throws StartError (when run) naming the unknown option or word */
export function strictCommand<const Args extends ArgsDef = Record<never, never>>(
  definition: CommandDef<Args> & { readonly args?: Args },
): CommandDef<Args> {
  return defineCommand({
    ...definition,
    setup({ args }) {
      const described = Object.entries<ArgsDef[string]>(definition.args ?? {})
      const names = described.flatMap(([name, arg]) => [name, 'alias' in arg ? (arg.alias ?? []) : []].flat())
      const known = new Set(['_', ...names, ...names.map(camelCase)])
      const unknown = Object.keys(args).find((name) => !known.has(name))
      if (unknown)
        throw new StartError(`there is no option ${unknown.length === 1 ? '-' : '--'}${unknown}; see --help`)
      const places = described.filter(([, arg]) => arg.type === 'positional').length
      const extra = args._[places]
      if (extra !== undefined) throw new StartError(`"${extra}" is one word too many; see --help`)
    },
  })
}

const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
