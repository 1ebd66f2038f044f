import { expect, test } from 'bun:test'
import { readResult } from './load.ts'

const WRK = `Running 1s test @ http://127.0.0.1:8787
  1 threads and 16 connections
RESULT {"rate":1000.5,"p50Ms":1.200,"p99Ms":3.400,"p999Ms":5.600,"errors":2}
`

test('what wrk tells is read, answers to batches as events', () => {
  expect(readResult(WRK)).toEqual({ rate: 1000.5, p50Ms: 1.2, p99Ms: 3.4, p999Ms: 5.6, errors: 2 })
  expect(readResult(WRK, 10).rate).toBe(10_005)
  expect(() => readResult('unable to connect')).toThrow('the load generator failed: unable to connect')
})
