/**
 * CityHash128 of version 1.0.2, the checksum of ClickHouse's compressed blocks. 64-bit numbers live in `r` as pairs of
 * 32-bit halves and are worked on in place: BigInt is ten times slower. Source: `contrib/cityhash102/src/city.cc`.
 */

/** Registers: 64-bit numbers, low half first. A name below is the index of a number. */
const r = new Uint32Array(64)
const [A, B, C, D, T, U] = [0, 2, 4, 6, 8, 10]
const [X, Y, Z, V1, V2, W1, W2] = [12, 14, 16, 18, 20, 22, 24]
const [K0, K1, K2, K3, KM] = [26, 28, 30, 32, 34]
const [P, Q, S] = [36, 38, 40]
const CONSTANTS: readonly (readonly [number, number, number])[] = [
  [K0, 0xc3a5c85c, 0x97cb3127],
  [K1, 0xb492b66f, 0xbe98f273],
  [K2, 0x9ae16a3b, 0x2f90404f],
  [K3, 0xc949d7c7, 0x509e6557],
  [KM, 0x9ddfea08, 0xeb382d69],
]
for (const [name, high, low] of CONSTANTS) set(name, low, high)

function set(to: number, low: number, high = 0): void {
  r[to] = low
  r[to + 1] = high
}

const low = (from: number) => r[from] as number
const high = (from: number) => r[from + 1] as number

function copy(to: number, from: number): void {
  r[to] = low(from)
  r[to + 1] = high(from)
}

function add(to: number, from: number): void {
  const sum = low(to) + low(from)
  r[to + 1] = high(to) + high(from) + (sum > 0xffffffff ? 1 : 0)
  r[to] = sum
}

function subtract(to: number, from: number): void {
  const borrow = low(to) < low(from) ? 1 : 0
  r[to + 1] = high(to) - high(from) - borrow
  r[to] = low(to) - low(from)
}

function xor(to: number, from: number): void {
  r[to] = low(to) ^ low(from)
  r[to + 1] = high(to) ^ high(from)
}

function multiply(to: number, by: number): void {
  const [al, bl] = [low(to), low(by)]
  const [a0, a1, b0, b1] = [al & 0xffff, al >>> 16, bl & 0xffff, bl >>> 16]
  const middle = (a1 * b0 + ((a0 * b0) >>> 16)) >>> 0
  const other = a0 * b1 + (middle & 0xffff)
  const carry = a1 * b1 + (middle >>> 16) + (other >>> 16)
  r[to + 1] = carry + Math.imul(high(to), bl) + Math.imul(al, high(by))
  r[to] = Math.imul(al, bl)
}

/** Rotates to the right. */
function rotate(to: number, bits: number): void {
  const swap = bits >= 32
  const [l, h] = swap ? [high(to), low(to)] : [low(to), high(to)]
  const by = bits & 31
  r[to] = by ? (l >>> by) | (h << (32 - by)) : l
  r[to + 1] = by ? (h >>> by) | (l << (32 - by)) : h
}

/** `x ^= x >> 47` */
function shiftMix(to: number): void {
  r[to] = low(to) ^ (high(to) >>> 15)
}

let view: DataView = new DataView(new ArrayBuffer(0))
function fetch(to: number, at: number): void {
  r[to] = view.getUint32(at, true)
  r[to + 1] = view.getUint32(at + 4, true)
}

/** `to = HashLen16(u, v)` */
function hash16(to: number, u: number, v: number): void {
  copy(S, u)
  xor(S, v)
  multiply(S, KM)
  shiftMix(S)
  copy(T, v)
  xor(T, S)
  multiply(T, KM)
  shiftMix(T)
  multiply(T, KM)
  copy(to, T)
}

/** `to = HashLen0to16(s + at, length)` */
function hash0to16(to: number, at: number, length: number): void {
  if (length > 8) {
    fetch(P, at)
    fetch(Q, at + length - 8)
    copy(U, Q)
    set(S, length)
    add(U, S)
    rotate(U, length)
    hash16(to, P, U)
    xor(to, Q)
  } else if (length >= 4) {
    const first = view.getUint32(at, true)
    set(P, first << 3, first >>> 29)
    set(S, length)
    add(P, S)
    set(Q, view.getUint32(at + length - 4, true))
    hash16(to, P, Q)
  } else if (length > 0) {
    set(P, view.getUint8(at) + (view.getUint8(at + (length >> 1)) << 8))
    multiply(P, K2)
    set(Q, length + (view.getUint8(at + length - 1) << 2))
    multiply(Q, K3)
    xor(P, Q)
    shiftMix(P)
    multiply(P, K2)
    copy(to, P)
  } else copy(to, K2)
}

/** `(v1, v2) = WeakHashLen32WithSeeds(s + at, a, b)`; `a` and `b` are lost. */
function weakHash32(v1: number, v2: number, at: number, a: number, b: number): void {
  fetch(P, at)
  add(a, P)
  fetch(Q, at + 24)
  add(b, a)
  add(b, Q)
  rotate(b, 21)
  copy(S, a)
  fetch(P, at + 8)
  add(a, P)
  fetch(P, at + 16)
  add(a, P)
  copy(T, a)
  rotate(T, 44)
  add(b, T)
  add(a, Q)
  copy(v1, a)
  add(b, S)
  copy(v2, b)
}

/** Half a round: 64 bytes; the caller swaps `x` and `z` by their names. */
function round(at: number, x: number, z: number): void {
  add(x, Y)
  add(x, V1)
  fetch(P, at + 16)
  add(x, P)
  rotate(x, 37)
  multiply(x, K1)
  add(Y, V2)
  fetch(P, at + 48)
  add(Y, P)
  rotate(Y, 42)
  multiply(Y, K1)
  xor(x, W2)
  xor(Y, V1)
  xor(z, W1)
  rotate(z, 33)
  copy(A, V2)
  multiply(A, K1)
  copy(B, x)
  add(B, W1)
  weakHash32(V1, V2, at, A, B)
  copy(A, z)
  add(A, W2)
  copy(B, Y)
  weakHash32(W1, W2, at + 32, A, B)
}

/** `CityMurmur`: fewer than 128 bytes, seeded with X and Y. Leaves the result in A and B. */
function murmur(start: number, length: number): void {
  copy(A, X)
  copy(B, Y)
  if (length <= 16) {
    multiply(A, K1)
    shiftMix(A)
    multiply(A, K1)
    hash0to16(C, start, length)
    copy(S, B)
    multiply(S, K1)
    add(C, S)
    if (length >= 8) fetch(D, start)
    else copy(D, C)
    add(D, A)
    shiftMix(D)
  } else {
    fetch(C, start + length - 8)
    add(C, K1)
    hash16(C, C, A)
    copy(U, B)
    set(S, length)
    add(U, S)
    fetch(P, start + length - 16)
    add(P, C)
    hash16(D, U, P)
    add(A, D)
    for (let at = start; at < start + length - 16; at += 16) {
      mixIn(A, B, at)
      mixIn(C, D, at + 8)
    }
  }
  hash16(A, A, C)
  hash16(B, D, B)
  copy(C, A)
  xor(C, B)
  hash16(D, B, A)
  copy(A, C)
  copy(B, D)
}

function mixIn(a: number, b: number, at: number): void {
  fetch(P, at)
  multiply(P, K1)
  shiftMix(P)
  multiply(P, K1)
  xor(a, P)
  multiply(a, K1)
  xor(b, a)
}

/** 128 bytes and more, seeded with X and Y. Leaves the result in A and B. */
function long(start: number, length: number): void {
  set(Z, length)
  multiply(Z, K1)
  copy(V1, Y)
  xor(V1, K1)
  rotate(V1, 49)
  multiply(V1, K1)
  fetch(P, start)
  add(V1, P)
  copy(V2, V1)
  rotate(V2, 42)
  multiply(V2, K1)
  fetch(P, start + 8)
  add(V2, P)
  copy(W1, Y)
  add(W1, Z)
  rotate(W1, 35)
  multiply(W1, K1)
  add(W1, X)
  copy(W2, X)
  fetch(P, start + 88)
  add(W2, P)
  rotate(W2, 53)
  multiply(W2, K1)
  let at = start
  for (; start + length - at >= 128; at += 128) {
    round(at, X, Z)
    round(at + 64, Z, X)
  }
  const rest = start + length - at
  copy(S, W1)
  rotate(S, 37)
  multiply(S, K0)
  add(Y, S)
  add(Y, Z)
  copy(S, V1)
  add(S, Z)
  rotate(S, 49)
  multiply(S, K0)
  add(X, S)
  for (let done = 32; done - 32 < rest; done += 32) tail(at + rest - done)
  hash16(X, X, V1)
  hash16(Y, Y, W1)
  copy(C, X)
  add(C, V2)
  hash16(A, C, W2)
  add(A, Y)
  copy(C, X)
  add(C, W2)
  copy(D, Y)
  add(D, V2)
  hash16(B, C, D)
}

function tail(at: number): void {
  subtract(Y, X)
  rotate(Y, 42)
  multiply(Y, K0)
  add(Y, V2)
  fetch(P, at + 16)
  add(W1, P)
  rotate(X, 49)
  multiply(X, K0)
  add(X, W1)
  add(W1, V1)
  copy(A, V1)
  copy(B, V2)
  weakHash32(V1, V2, at, A, B)
}

/** The checksum of `bytes`, 16 bytes as they stand in a block. */
export function cityHash128(bytes: Uint8Array): Uint8Array {
  view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.byteLength
  let [start, rest] = [0, length]
  if (length >= 16) {
    fetch(X, 0)
    xor(X, K3)
    fetch(Y, 8)
    ;[start, rest] = [16, length - 16]
  } else if (length >= 8) {
    set(X, length)
    multiply(X, K0)
    fetch(P, 0)
    xor(X, P)
    fetch(Y, length - 8)
    xor(Y, K1)
    ;[start, rest] = [0, 0]
  } else {
    copy(X, K0)
    copy(Y, K1)
  }
  if (rest < 128) murmur(start, rest)
  else long(start, rest)
  const sum = new DataView(new ArrayBuffer(16))
  for (const [index, half] of [low(A), high(A), low(B), high(B)].entries())
    sum.setUint32(index * 4, half, true)
  return new Uint8Array(sum.buffer)
}
