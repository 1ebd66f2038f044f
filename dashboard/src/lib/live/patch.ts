/**
 * What changed between two states, as a JSON Patch (RFC 6902) of `add`, `replace` and `remove`. Promise: applied to the first
 * state it gives the second; parts that stayed are the same objects as before. Pure.
 */

export interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  /** JSON Pointer; `-` stands for the place behind an array's last. */
  readonly path: string
  readonly value?: unknown
}

type Plain = Record<string, unknown>

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
const unescaped = (name: string) => name.replaceAll('~1', '/').replaceAll('~0', '~')

/** Both states must be what JSON can hold. */
export function diff(before: unknown, after: unknown, path = ''): Operation[] {
  if (Object.is(before, after)) return []
  if (Array.isArray(before) && Array.isArray(after)) return diffArrays(before, after, path)
  if (isPlain(before) && isPlain(after)) return diffObjects(before, after, path)
  return [{ op: 'replace', path, value: after }]
}

function diffObjects(before: Plain, after: Plain, path: string): Operation[] {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  return [
    ...gone.map((name): Operation => ({ op: 'remove', path: `${path}/${escaped(name)}` })),
    ...Object.entries(after).flatMap(([name, value]) => {
      const place = `${path}/${escaped(name)}`
      return Object.hasOwn(before, name)
        ? diff(before[name], value, place)
        : [{ op: 'add' as const, path: place, value }]
    }),
  ]
}

/** Lists that grow at their front, as one of newest events does, say only what is new. */
function diffArrays(before: readonly unknown[], after: readonly unknown[], path: string): Operation[] {
  const shift = shiftOf(before, after)
  const operations: Operation[] = []
  for (let at = shift - 1; at >= 0; at -= 1)
    operations.push({ op: 'add', path: `${path}/0`, value: after[at] })
  const kept = Math.min(before.length + shift, after.length)
  for (let at = before.length + shift - 1; at >= kept; at -= 1)
    operations.push({ op: 'remove', path: `${path}/${at}` })
  for (let at = shift; at < kept; at += 1)
    operations.push(...diff(before[at - shift], after[at], `${path}/${at}`))
  for (let at = kept; at < after.length; at += 1)
    operations.push({ op: 'add', path: `${path}/-`, value: after[at] })
  return operations
}

/** How many items came to the front, when that is all that happened there; else 0. */
function shiftOf(before: readonly unknown[], after: readonly unknown[]): number {
  if (before.length === 0 || !isPlain(before[0])) return 0
  const [first, second] = before.map((item) => JSON.stringify(item))
  const shift = after.findIndex((item) => JSON.stringify(item) === first)
  if (shift <= 0) return 0
  const next = after[shift + 1]
  return second === undefined || next === undefined || JSON.stringify(next) === second ? shift : 0
}

/** @throws TypeError when a path leads nowhere */
export const applyPatch = (state: unknown, patch: readonly Operation[]): unknown =>
  patch.reduce(
    (value, operation) => changed(value, operation.path.split('/').slice(1).map(unescaped), operation),
    state,
  )

function changed(value: unknown, [name, ...rest]: string[], operation: Operation): unknown {
  if (name === undefined) return operation.value
  if (Array.isArray(value)) {
    const at = name === '-' ? value.length : Number(name)
    if (rest.length > 0) return value.with(at, changed(value[at], rest, operation))
    if (operation.op === 'replace') return value.with(at, operation.value)
    return operation.op === 'add' ? value.toSpliced(at, 0, operation.value) : value.toSpliced(at, 1)
  }
  if (!isPlain(value)) throw new TypeError(`no ${name} there`)
  if (rest.length === 0 && operation.op === 'remove')
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
  return { ...value, [name]: rest.length > 0 ? changed(value[name], rest, operation) : operation.value }
}
