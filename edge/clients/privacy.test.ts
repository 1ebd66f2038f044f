import { expect, test } from 'bun:test'
import { addressKeeper, customerOf, truncated } from './privacy.ts'

test('a truncated address names a network, not a person', () => {
  expect(truncated('203.0.113.77')).toBe('203.0.113.0')
  expect(truncated('2001:db8:85a3:8d3:1319:8a2e:370:7348')).toBe('2001:db8:85a3::')
  expect(truncated('2001:db8::1')).toBe('2001:db8:0::')
})

test('a customer is an IPv4 address or an IPv6 /64', () => {
  expect(customerOf('203.0.113.77')).toBe('203.0.113.77')
  expect(customerOf('2001:db8:0:1::5')).toBe(customerOf('2001:db8:0:1:ffff::9'))
  expect(customerOf('2001:db8:0:2::5')).not.toBe(customerOf('2001:db8:0:1::5'))
})

test('a hashed address is the same within a day only, and needs the key', () => {
  const keep = addressKeeper('secret')
  const monday = keep('hashed', '203.0.113.77', '2026-03-02')
  expect(monday).toMatch(/^[0-9a-f]{32}$/)
  expect(keep('hashed', '203.0.113.77', '2026-03-02')).toBe(monday)
  expect(keep('hashed', '203.0.113.77', '2026-03-03')).not.toBe(monday)
  expect(addressKeeper('other')('hashed', '203.0.113.77', '2026-03-02')).not.toBe(monday)
  expect(keep('full', '203.0.113.77', '2026-03-02')).toBe('203.0.113.77')
})
