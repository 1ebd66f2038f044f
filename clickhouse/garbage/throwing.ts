/**
 * Which functions of a view can throw for some value. A view that throws replays its message for ever and blocks the
 * partition, so a view may use only functions that answer every value. Reads `EXPLAIN QUERY TREE`, which knows the types.
 */

interface Argument {
  readonly isConstant: boolean
  readonly type: string
  /** Of a constant. */
  readonly value: string
}

interface Call {
  readonly name: string
  readonly arguments: readonly Argument[]
}

const CONVERSION =
  /^(_?CAST|accurateCast|to(U?Int\d+|B?Float\d+|Date(32|Time|Time32|Time64)?|Time(64)?|UUID|IPv[46]|Bool|FixedString|Interval\w+))$/
const NEVER =
  /^(throwIf|accurateCast|toDecimal(32|64|128|256)|parseDateTime\w*|toFixedString|mapFromArrays|arrayZip|joinGet|dictGet\w*|range|repeat|space|leftPad\w*|rightPad\w*|format|UUIDStringToNum|IPv[46]StringToNum|base\d+Decode|decrypt|tryDecrypt|getSetting|sleep\w*|file|JSON_\w+|parseReadableSize|arrayReduce\w*|runningDifference\w*|emptyArrayToSingle|assumeNotNull)$/
const OR_SAFE = /Or(Null|Zero|Default)$/
const DIVISION = /^(intDiv|modulo|moduloLegacy|positiveModulo)$/
const ARITHMETIC = /^(plus|minus|multiply|divide)$/
const HIGHER_ORDER =
  /^array(Map|Filter|Exists|All|First\w*|Last\w*|Count|Sum|Sort|ReverseSort|Min|Max|Avg|Fold)$/

const isText = ({ type }: Argument) => /^(LowCardinality\(|Nullable\()*(String|FixedString)/.test(type)
const isDecimal = ({ type }: Argument) => /\bDecimal\(/.test(type)

/** Why the call can throw; empty when it cannot. */
function risk({ name, arguments: given }: Call): string {
  const varying = given.filter(({ isConstant }) => !isConstant)
  if (OR_SAFE.test(name) || varying.length === 0) return ''
  if (NEVER.test(name)) return `${name} can throw`
  const [first, target] = given
  if (
    CONVERSION.test(name) &&
    first &&
    !first.isConstant &&
    isText(first) &&
    !target?.value.includes('String')
  )
    return `${name} of text can throw: ${name}OrNull cannot`
  if (DIVISION.test(name) && !given[1]?.isConstant) return `${name} throws for zero`
  if (ARITHMETIC.test(name) && given.some(isDecimal)) return `${name} of a decimal can overflow, which throws`
  if (HIGHER_ORDER.test(name) && given.length > 2)
    return `${name} of several arrays throws when their lengths differ`
  return ''
}

/** @param tree lines of `EXPLAIN QUERY TREE` @returns what can throw, each once */
export function throwingCalls(tree: readonly string[]): string[] {
  const depthOf = (line: string) => line.length - line.trimStart().length
  const calls = tree.flatMap((line, at): Call[] => {
    const name = /^\s*FUNCTION id: \d+, .*?function_name: (\w+), function_type: ordinary/.exec(line)?.[1]
    if (!name) return []
    const given: Argument[] = []
    const depth = depthOf(line)
    for (const inner of tree.slice(at + 1)) {
      if (depthOf(inner) <= depth) break
      // Below a function: ARGUMENTS, then LIST, then the arguments themselves.
      if (depthOf(inner) !== depth + 6) continue
      const constant = /constant_value: (.*), constant_value_type: (.*)$/.exec(inner)
      const type = constant?.[2] ?? /result_type: (.*?)(, source_id: \d+)?$/.exec(inner)?.[1] ?? ''
      given.push({ isConstant: constant !== null, type, value: constant?.[1] ?? '' })
    }
    return [{ name, arguments: given }]
  })
  return [...new Set(calls.map(risk).filter(Boolean))]
}
