/**
 * Which functions analysts may call. It promises: a function is allowed because it is listed, by its kind in the engine's own
 * catalogue or by its name here; one that a later version brings is refused until somebody has looked at it.
 */
import type { Ask } from './ask.ts'

/** Kinds whose functions only compute: they reach no file, host, dictionary, setting or other query. */
const KINDS = [
  'Aggregate Functions',
  'Arithmetic',
  'Arrays',
  'Bit',
  'Bitmap',
  'Comparison',
  'Conditional',
  'Dates and Times',
  'Distance',
  'Encoding',
  'Financial',
  'Geo',
  'Geo Polygon',
  'Hash',
  'IP Address',
  'JSON',
  'Logical',
  'Map',
  'Mathematical',
  'Null',
  'Random Number',
  'Rounding',
  'String',
  'String Replacement',
  'String Search',
  'String Splitting',
  'Time Window',
  'Tuple',
  'Type Conversion',
  'URL',
  'UUID',
]

/** Harmless ones of the kind "Other", what the parser writes for operators, and window functions, which have no kind. */
const NAMES = [
  ...['lambda', 'exists', 'untuple', 'grouping', 'cast', '_CAST', 'casewithexpression', 'caseWithExpression'],
  ...['row_number', 'rank', 'dense_rank', 'percent_rank', 'lag', 'lead', 'first_value', 'last_value'],
  ...['bar', 'byteSize', 'countDigits', 'digits', 'identity', 'ignore', 'materialize', 'transform'],
  ...[
    'currentDatabase',
    'currentUser',
    'currentSchemas',
    'database',
    'user',
    'version',
    'timezone',
    'queryID',
    'revision',
    'displayName',
  ],
  ...['toTypeName', 'toColumnTypeName', 'dumpColumnStructure', 'isConstant', 'isDecimalOverflow'],
  ...['finalizeAggregation', 'initializeAggregation', 'formatReadableDecimalSize', 'formatReadableQuantity'],
  ...['formatReadableSize', 'formatReadableTimeDelta', 'parseReadableSize', 'parseTimeDelta', 'visibleWidth'],
  ...['formatQuery', 'formatQuerySingleLine', 'minSampleSizeContinuous', 'minSampleSizeConversion'],
  ...['neighbor', 'runningAccumulate', 'runningDifference', 'runningDifferenceStartingWithFirstValue'],
  ...['rowNumberInAllBlocks', 'rowNumberInBlock', 'variantElement', 'variantType', 'getSubcolumn'],
  ...['seriesDecomposeSTL', 'seriesOutliersDetectTukey'],
]

/** Of allowed kinds, but with a door in them: text formats read templates, the others are for tests of the engine. */
const NEVER = [
  'aggThrow',
  'chdb',
  'flameGraph',
  'formatRow',
  'formatRowNoNewline',
  'groupFormat',
  'serverTimezone',
  'structureToCapnProtoSchema',
  'structureToProtobufSchema',
]

/** Table functions that make rows out of nothing. */
export const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'numbers',
  'zeros',
  'values',
  'VALUES',
  'SQLStandardValues',
  'generateSeries',
  'generate_series',
])

/** Whether a function may be called, by the name a query has for it. */
export type FunctionList = (name: string) => boolean

interface Known {
  readonly name: string
  readonly kind: string
  readonly is_aggregate: number
  readonly case_insensitive: number
  readonly alias_to: string
}

const CATALOGUE = `
  SELECT toJSONString((name, categories, is_aggregate, case_insensitive, alias_to)) AS line
  FROM system.functions
  WHERE origin = 'System'`
const COMBINATORS = 'SELECT name AS line FROM system.aggregate_function_combinators'

/** Reads the engine's catalogue. */
export async function readFunctionList(ask: Ask): Promise<FunctionList> {
  const lines = await ask(CATALOGUE)
  const known = lines.map((line): Known => {
    const [name, kind, is_aggregate, case_insensitive, alias_to] = JSON.parse(line)
    return { name, kind, is_aggregate, case_insensitive, alias_to }
  })
  return functionList(known, await ask(COMBINATORS))
}

function functionList(known: readonly Known[], combinators: readonly string[]): FunctionList {
  const never = new Set(NEVER)
  const named = new Set(NAMES)
  const kinds = new Set(KINDS)
  const kindOf = new Map(known.map(({ name, kind }) => [name, kind]))
  const isAllowed = ({ name, kind, alias_to }: Known) => {
    const real = alias_to || name
    if (never.has(name) || never.has(real)) return false
    return named.has(name) || named.has(real) || kinds.has(kind) || kinds.has(kindOf.get(real) ?? '')
  }
  const allowed = known.filter(isAllowed)
  const exact = new Set([...allowed.map(({ name }) => name), ...NAMES])
  const folded = new Set(allowed.filter((one) => one.case_insensitive).map(({ name }) => name.toLowerCase()))
  const aggregates = allowed.filter((one) => one.is_aggregate)
  const bases = new Set(aggregates.map(({ name }) => name))
  const foldedBases = new Set(
    aggregates.filter((one) => one.case_insensitive).map(({ name }) => name.toLowerCase()),
  )
  const isAggregate = (name: string): boolean => {
    if (bases.has(name) || foldedBases.has(name.toLowerCase())) return true
    return combinators.some((end) => name.endsWith(end) && isAggregate(name.slice(0, -end.length)))
  }
  return (name) => exact.has(name) || folded.has(name.toLowerCase()) || isAggregate(name)
}
