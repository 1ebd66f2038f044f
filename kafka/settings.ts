/** Settings of a process: read once from the environment, typed, every bad one reported at the same time. */
import { type CleanedEnv, cleanEnv } from 'envalid'

/** One or more settings could not be used; the message has a line for each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/**
 * Reads the settings a process declares.
 * @param environment names to texts, usually `process.env`
 * @param variables what the process declares, with envalid's validators
 * @throws SettingsError naming every variable whose value is missing or bad
 */
export function readSettings<Variables extends object>(
  environment: Readonly<Record<string, string | undefined>>,
  variables: Variables,
): CleanedEnv<Variables> {
  return cleanEnv(environment, variables, {
    reporter: ({ errors }) => {
      const lines = Object.entries(errors).map(([name, error]) => `${name}: ${(error as Error).message}`)
      if (lines.length > 0) throw new SettingsError(lines.join('\n'))
    },
  })
}
