/**
 * HTTP content encodings, both ways, on the runtime's zlib. It promises: memory of a piece and what comes out of it, no
 * more; a damaged body is the client's error, with the server's code.
 */
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { ServerException } from '../exceptions.ts'
import type { Codec } from './codec.ts'
import { lz4FrameDecoder } from './lz4-frame.ts'

function codecOf(stream: Transform, failure?: () => ServerException): Codec {
  let out: Uint8Array[] = []
  let broken: Error | undefined
  // After an error the stream may never call back: whoever waits is woken here.
  let wake = () => {}
  stream.on('data', (bytes: Uint8Array) => out.push(bytes))
  stream.on('error', (error) => {
    broken = error
    wake()
  })
  const step = async (start: (done: () => void) => void) => {
    if (!broken)
      await new Promise<void>((resolve) => {
        wake = resolve
        start(resolve)
      })
    if (broken) throw failure?.() ?? broken
    const bytes = out
    out = []
    return bytes
  }
  return {
    push: (bytes) => step((done) => stream.write(bytes, () => done())),
    end: () =>
      step((done) => {
        stream.once('end', done)
        stream.end()
      }),
  }
}

const { BROTLI_PARAM_QUALITY } = zlib.constants
const QUICK = 3

/** The encodings we answer in, the server's favourite first. */
const ENCODERS: readonly (readonly [name: string, make: () => Transform])[] = [
  ['zstd', () => zlib.createZstdCompress()],
  ['br', () => zlib.createBrotliCompress({ params: { [BROTLI_PARAM_QUALITY]: QUICK } })],
  ['gzip', () => zlib.createGzip({ level: QUICK })],
  ['deflate', () => zlib.createDeflate({ level: QUICK })],
]

/** The encoding to answer in, of those a client names in `Accept-Encoding`. */
export function chooseEncoding(accept: string | null): { name: string; codec: () => Codec } | undefined {
  const offered = new Set(
    (accept ?? '')
      .split(',')
      .map((part) => part.trim().split(/\s*;\s*/))
      .filter(([, quality]) => !/^q=0(\.0*)?$/.test(quality ?? ''))
      .map(([name = '']) => name.toLowerCase()),
  )
  const chosen = ENCODERS.find(([name]) => offered.has(name))
  return chosen && { name: chosen[0], codec: () => codecOf(chosen[1]()) }
}

const DECODERS: Readonly<Record<string, readonly [make: () => Transform, code: number, codeName: string]>> = {
  gzip: [() => zlib.createGunzip(), 354, 'ZLIB_INFLATE_FAILED'],
  deflate: [() => zlib.createInflate(), 354, 'ZLIB_INFLATE_FAILED'],
  br: [() => zlib.createBrotliDecompress(), 448, 'BROTLI_READ_FAILED'],
  zstd: [() => zlib.createZstdDecompress(), 561, 'ZSTD_DECODER_FAILED'],
}

/** The decoder of a body's `Content-Encoding`; undefined for none. @throws ServerException for one we do not have */
export function decoderOf(encoding: string | null): Codec | undefined {
  const name = (encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return undefined
  if (name === 'lz4') return lz4FrameDecoder()
  const decoder = DECODERS[name]
  if (!decoder)
    throw new ServerException(
      48,
      'NOT_IMPLEMENTED',
      `Unknown compression method ${name}. Only gzip, deflate, br, zstd, lz4 are supported`,
    )
  const [make, code, codeName] = decoder
  return codecOf(make(), () => new ServerException(code, codeName, `The body is not valid ${name}`))
}
