/** Content types of output formats, as the engine's `FormatFactory` registers them. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(TabSeparated|TSV|TSKV)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSVWithNames/i, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/i, 'text/csv; charset=UTF-8; header=absent'],
  [
    /^JSON(Compact|Strings|CompactStrings)?(EachRow|Lines)|^(NDJSON|JSONLines)/i,
    'application/x-ndjson; charset=UTF-8',
  ],
  [/^(JSON|GeoJSON)/i, 'application/json; charset=UTF-8'],
  [/^XML$/i, 'application/xml; charset=UTF-8'],
  [/^(Markdown|MD)$/i, 'text/markdown; charset=UTF-8'],
  [
    /^(Native|RowBinary|Parquet|Arrow|ORC|Avro|MsgPack|BSON|Npy|Protobuf|CapnProto|Buffers)/i,
    'application/octet-stream',
  ],
  [/^Prometheus$/i, 'text/plain; version=0.0.4; charset=UTF-8'],
]

/** The content type of a format. */
export function contentType(format: string): string {
  return TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8'
}
