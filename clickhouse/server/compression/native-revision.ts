/**
 * Native blocks for clients that name a `client_protocol_version` (Grafana's driver does): from protocol 1 on a block begins
 * with a description, and from 54454 on each column says how it is serialized. The embedded engine writes only the oldest form;
 * this walks its blocks, passes every byte on, and puts the missing ones between. It promises: memory of a piece, no more; a
 * type it cannot walk (aggregate states, `Dynamic`) fails the result, and is never guessed. Source: `NativeWriter.cpp`.
 */
import { ServerException } from '../exceptions.ts'
import type { Codec } from './codec.ts'
import { type NativeType, nativeType } from './native-types.ts'

const WITH_CUSTOM_SERIALIZATION = 54454
const WITH_OUT_OF_ORDER_BUCKETS = 54480
/** Field 1: is_overflows, 0; field 2: bucket_num, -1; the end. */
const BLOCK_INFO = [1, 0, 2, 0xff, 0xff, 0xff, 0xff]

const FIXED: Readonly<Record<string, number>> = {
  UInt8: 1,
  Int8: 1,
  Bool: 1,
  Enum8: 1,
  Nothing: 1,
  UInt16: 2,
  Int16: 2,
  Enum16: 2,
  Date: 2,
  BFloat16: 2,
  UInt32: 4,
  Int32: 4,
  Float32: 4,
  Date32: 4,
  DateTime: 4,
  IPv4: 4,
  Decimal32: 4,
  Time: 4,
  UInt64: 8,
  Int64: 8,
  Float64: 8,
  DateTime64: 8,
  Decimal64: 8,
  Time64: 8,
  UInt128: 16,
  Int128: 16,
  UUID: 16,
  IPv6: 16,
  Decimal128: 16,
  UInt256: 32,
  Int256: 32,
  Decimal256: 32,
}
const ALIASES: Readonly<Record<string, string>> = {
  Point: 'Tuple(Float64, Float64)',
  Ring: 'Array(Point)',
  LineString: 'Array(Point)',
  MultiLineString: 'Array(LineString)',
  Polygon: 'Array(Ring)',
  MultiPolygon: 'Array(Polygon)',
}

function fixedBytes(type: NativeType): number | undefined {
  if (type.name.startsWith('Interval')) return 8
  if (type.name === 'FixedString') return Number(type.texts[0])
  if (type.name === 'Decimal') {
    const digits = Number(type.texts[0])
    return digits <= 9 ? 4 : digits <= 18 ? 8 : digits <= 38 ? 16 : 32
  }
  return FIXED[type.name]
}

/** Arrays, maps and nested columns are all offsets and one column. */
function element(type: NativeType): NativeType | undefined {
  if (type.name === 'Array') return type.arguments[0]
  if (type.name === 'Map' || type.name === 'Nested')
    return { name: 'Tuple', arguments: type.arguments, texts: [] }
  return undefined
}

type Walk<Result = void> = Generator<void, Result>

class Walker {
  #piece: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#piece.buffer)
  #at = 0
  #passed = 0
  #out: Uint8Array[] = []
  readonly #info: Uint8Array
  readonly #custom: boolean

  constructor(version: number) {
    this.#info = new Uint8Array([...BLOCK_INFO, ...(version >= WITH_OUT_OF_ORDER_BUCKETS ? [3, 0] : []), 0])
    this.#custom = version >= WITH_CUSTOM_SERIALIZATION
  }

  /** The next piece; what came before it has been passed on. */
  feed(piece: Uint8Array): void {
    this.#piece = piece
    this.#view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
    this.#at = 0
    this.#passed = 0
  }

  /** What there is to send on. */
  take(): Uint8Array[] {
    this.#pass()
    const out = this.#out
    this.#out = []
    return out
  }

  #pass(): void {
    if (this.#at > this.#passed) this.#out.push(this.#piece.subarray(this.#passed, this.#at))
    this.#passed = this.#at
  }

  #insert(bytes: Uint8Array): void {
    this.#pass()
    this.#out.push(bytes)
  }

  *#byte(): Walk<number> {
    while (this.#at >= this.#piece.byteLength) yield
    return this.#piece[this.#at++] as number
  }

  *#skip(bytes: number): Walk {
    let left = bytes
    for (;;) {
      const step = Math.min(left, this.#piece.byteLength - this.#at)
      this.#at += step
      left -= step
      if (left === 0) return
      yield
    }
  }

  *#varint(): Walk<number> {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte =
        this.#at < this.#piece.byteLength ? (this.#piece[this.#at++] as number) : yield* this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  *#u64(): Walk<number> {
    if (this.#at + 8 <= this.#piece.byteLength) {
      const value = this.#view.getUint32(this.#at, true) + this.#view.getUint32(this.#at + 4, true) * 2 ** 32
      this.#at += 8
      return value
    }
    let value = 0
    for (let index = 0; index < 8; index += 1) value += (yield* this.#byte()) * 2 ** (8 * index)
    return value
  }

  *#text(): Walk<string> {
    const bytes: number[] = []
    for (let left = yield* this.#varint(); left > 0; left -= 1) bytes.push(yield* this.#byte())
    return Buffer.from(bytes).toString()
  }

  /** All blocks; ends never, for the end of the stream is not in it. */
  *blocks(): Walk {
    for (;;) {
      while (this.#at >= this.#piece.byteLength) yield
      this.#insert(this.#info)
      const columns = yield* this.#varint()
      const rows = yield* this.#varint()
      for (let index = 0; index < columns; index += 1) {
        yield* this.#text()
        const type = nativeType(yield* this.#text())
        if (this.#custom) this.#insert(new Uint8Array(1))
        if (rows === 0) continue
        yield* this.#prefix(type)
        yield* this.#data(type, rows)
      }
    }
  }

  /** What a column says once, before its rows. */
  *#prefix(type: NativeType): Walk {
    if (ALIASES[type.name]) return
    if (type.name === 'LowCardinality') return yield* this.#skip(8)
    if (type.name === 'JSON') {
      // 1: rows as text, which the connection was asked for.
      if ((yield* this.#u64()) !== 1) throw unsupported(type)
      return
    }
    if (type.name === 'Variant' && (yield* this.#u64()) !== 0) throw unsupported(type)
    for (const inner of type.arguments) yield* this.#prefix(inner)
  }

  *#data(type: NativeType, rows: number): Walk {
    if (rows === 0) return
    const fixed = fixedBytes(type)
    if (fixed !== undefined) return yield* this.#skip(fixed * rows)
    const alias = ALIASES[type.name]
    if (alias) return yield* this.#data(nativeType(alias), rows)
    const inner = element(type)
    if (inner) return yield* this.#arrays(inner, rows)
    switch (type.name) {
      case 'String':
      case 'JSON':
        for (let row = 0; row < rows; row += 1) {
          const bytes = yield* this.#varint()
          if (this.#at + bytes <= this.#piece.byteLength) this.#at += bytes
          else yield* this.#skip(bytes)
        }
        return
      case 'Nullable':
        yield* this.#skip(rows)
        return yield* this.#data(type.arguments[0] ?? type, rows)
      case 'Tuple':
        if (type.arguments.length === 0) return yield* this.#skip(rows)
        for (const part of type.arguments) yield* this.#data(part, rows)
        return
      case 'SimpleAggregateFunction':
        return yield* this.#data(type.arguments.at(-1) ?? type, rows)
      case 'LowCardinality':
        return yield* this.#dictionary(type.arguments[0] ?? type)
      case 'Variant':
        return yield* this.#variants(type.arguments, rows)
      default:
        throw unsupported(type)
    }
  }

  *#arrays(inner: NativeType, rows: number): Walk {
    yield* this.#skip(8 * (rows - 1))
    yield* this.#data(inner, yield* this.#u64())
  }

  *#dictionary(inner: NativeType): Walk {
    const flags = yield* this.#u64()
    const keys = yield* this.#u64()
    yield* this.#data(inner.name === 'Nullable' ? (inner.arguments[0] ?? inner) : inner, keys)
    const rows = yield* this.#u64()
    yield* this.#skip(rows * 2 ** (flags % 4))
  }

  *#variants(types: readonly NativeType[], rows: number): Walk {
    const counts = types.map(() => 0)
    for (let row = 0; row < rows; row += 1) {
      const which = yield* this.#byte()
      if (which < counts.length) counts[which] = (counts[which] ?? 0) + 1
    }
    for (const [index, type] of types.entries()) yield* this.#data(type, counts[index] ?? 0)
  }
}

const unsupported = (type: NativeType) =>
  new ServerException(
    48,
    'NOT_IMPLEMENTED',
    `A column of type ${type.name} cannot be sent in the Native format of this client's protocol version: choose another format`,
  )

/** Brings a Native result to a client's protocol version. */
export function revisionEncoder(version: number): Codec {
  const walker = new Walker(version)
  const walk = walker.blocks()
  return {
    push: async (bytes) => {
      walker.feed(bytes)
      walk.next()
      return walker.take()
    },
    end: async () => [],
  }
}
