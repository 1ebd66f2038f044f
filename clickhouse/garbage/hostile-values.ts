/** The worst values of each column type, as SQL: extremes, emptiness, bytes that are no text. Tests feed them to every view. */

const TEXTS = [
  "''",
  "'\\0'",
  "unhex('ff00fe80c3')",
  "repeat('x', 20000)",
  "repeat('[', 5000)",
  "'\\'\"\\\\ %s {} \\n\\r\\t'",
  "'-1'",
  "'1e999'",
  "'99999999999999999999999999999999999999999'",
  "'NaN'",
  "'null'",
  "'2299-12-31 23:59:59'",
  "'https://[::1:99999/%ff?%&=&&#'",
  '\'{"a":18446744073709551616}\'',
  "'\u{1f600}'",
]

const times = (scale: number) =>
  [
    '0',
    '1',
    '-1',
    '4102444800001',
    '10413791999999',
    '-2208988800000',
    '9223372036854775807',
    '-9223372036854775808',
  ].map((ms) => `CAST(fromUnixTimestamp64Milli(toInt64('${ms}'), 'UTC') AS DateTime64(${scale}, 'UTC'))`)

const BY_TYPE: readonly [RegExp, (match: readonly string[]) => readonly string[]][] = [
  [/^String$/, () => TEXTS],
  [/^UUID$/, () => ['00000000', 'ffffffff'].map((part) => `toUUID('${part}-0000-0000-0000-0000${part}')`)],
  [/^Date$/, () => ["toDate('1970-01-01')", "toDate('2149-06-06')", "toDate('2024-02-29')"]],
  [/^DateTime\b(?!64)/, () => ['toDateTime(0)', 'toDateTime(4294967295)']],
  [/^DateTime64\((\d)/, ([, scale]) => times(Number(scale))],
  [/^Bool$/, () => ['true', 'false']],
  [/^(UInt\d+)$/, ([, type]) => ['0', '1', '18446744073709551615'].map((n) => `CAST(${n} AS ${type})`)],
  [
    /^(Int\d+)$/,
    ([, type]) =>
      ['0', '-1', '9223372036854775807', '-9223372036854775808'].map((n) => `CAST(${n} AS ${type})`),
  ],
  [/^Float\d+$/, () => ['nan', 'inf', '-inf', '0.', '-0.', '1.7976931348623157e308']],
  [
    /^(Decimal\((\d+), (\d+)\))$/,
    ([, type, digits, scale]) =>
      ['', '-'].flatMap((sign) => {
        const most = `${'9'.repeat(Number(digits) - Number(scale))}.${'9'.repeat(Number(scale))}`
        return [
          `CAST('${sign}${most}' AS ${type})`,
          `CAST('${sign}0.${'0'.repeat(Number(scale) - 1)}1' AS ${type})`,
        ]
      }),
  ],
]

/**
 * Values of a type, each of exactly that type.
 * @returns none for a type that no view can be fed by hand, such as an aggregate's state
 * @throws when the type is new here: it needs its worst values
 */
export function hostileValues(type: string): string[] {
  const wrapped = /^(?:LowCardinality|SimpleAggregateFunction)\((?:\w+, )?(.*)\)$/.exec(type)?.[1]
  if (wrapped) return hostileValues(wrapped).map((value) => `CAST(${value} AS ${plain(type)})`)
  const nullable = /^Nullable\((.*)\)$/.exec(type)?.[1]
  if (nullable) return ['NULL', ...hostileValues(nullable)].map((value) => `CAST(${value} AS ${type})`)
  if (/^(AggregateFunction|Tuple|Map)\(/.test(type)) return []
  const element = /^Array\((.*)\)$/.exec(type)?.[1]
  if (element)
    return [`CAST([] AS ${type})`, ...hostileValues(element).map((value) => `CAST([${value}] AS ${type})`)]
  for (const [form, values] of BY_TYPE) {
    const match = form.exec(type)
    if (match) return [...values(match)]
  }
  throw new Error(`no hostile values for ${type}`)
}

const plain = (type: string) => type.replace(/^SimpleAggregateFunction\(\w+, (.*)\)$/, '$1')
