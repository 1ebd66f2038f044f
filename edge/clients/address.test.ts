import { describe, expect, test } from 'bun:test'
import { addressReader, type ProxyHeader } from './address.ts'

const proxies = ['10.0.0.0/8', '2001:db8::/32', '127.0.0.1']

function read(socket: string, value?: string, header: ProxyHeader = 'x-forwarded-for') {
  return addressReader({ proxies, header })(
    socket,
    new Headers(value === undefined ? {} : { [header]: value }),
  )
}

describe('the client’s address', () => {
  test.each([
    ['a stranger’s header is not believed', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a proxy’s is', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['what the client wrote stands to the left', '10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    [
      'proxies behind proxies are walked through',
      '10.0.0.1',
      '1.1.1.1, 198.51.100.1, 10.9.9.9',
      '198.51.100.1',
    ],
    ['garbage ends the walk at the last known hop', '10.0.0.1', '198.51.100.1, evil', '10.0.0.1'],
    ['nothing but proxies', '10.0.0.1', '10.2.2.2', '10.2.2.2'],
    ['IPv4 in IPv6', '::ffff:10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['a port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['IPv6 in brackets with a port', '2001:db8::1', '[2001:DB9::2]:443', '2001:db9::2'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
  ])('%s', (_, socket, header, client) => {
    expect(read(socket, header)).toBe(client)
  })

  test('Forwarded is read where it is the chosen header, and only there', () => {
    expect(read('10.0.0.1', 'for=1.1.1.1, for="[2001:db9::2]:80";proto=https;by=x', 'forwarded')).toBe(
      '2001:db9::2',
    )
    const reader = addressReader({ proxies, header: 'x-forwarded-for' })
    expect(reader('10.0.0.1', new Headers({ forwarded: 'for=6.6.6.6' }))).toBe('10.0.0.1')
  })

  test('a network that is none is named', () => {
    expect(() => addressReader({ proxies: ['10.0.0.0/33'], header: 'forwarded' })).toThrow('10.0.0.0/33')
    expect(() => addressReader({ proxies: ['proxy.example'], header: 'forwarded' })).toThrow('proxy.example')
  })
})
