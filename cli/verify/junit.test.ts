import { expect, test } from 'bun:test'
import { countIn } from './junit.ts'

test('counts come from the root element, and a skipped test is no pass', () => {
  const xml = `<?xml version="1.0"?>
<testsuites name="bun test" tests="12" assertions="40" failures="2" skipped="1" time="3.2">
  <testsuite name="a" tests="3" failures="0"></testsuite>
</testsuites>`
  expect(countIn(xml)).toEqual({ passed: 9, failed: 3 })
  expect(countIn('')).toEqual({ passed: 0, failed: 0 })
})
