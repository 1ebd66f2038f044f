import { sqlText } from './definitions.ts'

/** A statement with its values in it, as a person pastes it into a prompt of ClickHouse. Never sent: what is sent has its values bound. */
export function withLiterals(sql: string, params: Readonly<Record<string, unknown>>): string {
  return sql.replaceAll(/\{(\w+):([\w()]+)\}/g, (_, name: string, type: string) =>
    literalOf(params[name], type),
  )
}

function literalOf(value: unknown, type: string): string {
  const of = /^Array\((.*)\)$/.exec(type)?.[1]
  if (of !== undefined && Array.isArray(value))
    return `[${value.map((item) => literalOf(item, of)).join(', ')}]`
  return typeof value === 'number' ? String(value) : sqlText(String(value ?? ''))
}
