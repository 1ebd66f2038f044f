import { describe, expect, test } from 'bun:test'
import { Refusal } from '../intake/refusal.ts'
import { DEFAULT_SETTINGS, type Site } from '../sites/site.ts'
import { TEST_NOW, testEdge } from '../testing.ts'
import { judgeAgain } from './judge-again.ts'

const site = (site_id: string, domains: string[]): Site => ({
  site_id,
  domains,
  time_zone: 'Pacific/Auckland',
  takes_all: false,
  key_hashes: [],
  settings: DEFAULT_SETTINGS,
})
const SHOP = site('shop', ['shop.example'])
const OTHER = site('other', ['other.example'])

/** What an edge that knows only `other` reports of a request, and what the judge of another time says of it. */
async function again(path: string, init: RequestInit = {}, sites: readonly Site[] = [OTHER, SHOP]) {
  const then = testEdge({ sites: [OTHER] })
  await then.send(path, init)
  const [report] = await then.rejected()
  if (!report) throw new Error('nothing was refused')
  const later = testEdge({ sites, now: () => TEST_NOW + 86_400_000 })
  return { report, verdict: judgeAgain(report, later.judge) }
}

const VISIT = '/visit?player_id=p1&banner_tag=b'
const fromShop = {
  headers: { referer: 'https://shop.example/welcome?x=1', 'user-agent': 'Mozilla/5.0 (iPhone)' },
}

describe('what was refused and is judged again', () => {
  test('counts for the site registered since, as of when it came, under the id of its refusal', async () => {
    const { report, verdict } = await again(VISIT, fromShop)
    expect(report.reason).toBe('unknown_site')
    expect(verdict).toMatchObject({
      event: {
        event_id: report.rejected_id,
        site_id: 'shop',
        event_type: 'visit',
        player_id: 'p1',
        domain: 'shop.example',
        path: '/welcome?x=1',
        created_at: TEST_NOW,
        event_date: '2026-03-04',
        device: 'mobile',
      },
    })
    expect(JSON.stringify(verdict)).not.toContain('source_ip')
  })

  test('keeps the id and the time that were sent', async () => {
    const event_id = '00000000-0000-4000-8000-000000000001'
    const body = {
      event_id,
      event_type: 'deposit',
      site_id: 'shop',
      player_id: 'p',
      banner_tag: 'b',
      occurred_at: TEST_NOW - 5_000,
    }
    const { verdict } = await again('/api/events', { method: 'POST', body: JSON.stringify(body) })
    expect(verdict).toMatchObject({ event: { event_id, occurred_at: TEST_NOW - 5_000, site_id: 'shop' } })
  })

  test('is refused still when the rules still say so, with the reason of now', async () => {
    const without = await again(VISIT, fromShop, [OTHER])
    expect(without.verdict).toMatchObject({ code: 'unknown_site' })
    const { verdict } = await again('/visit?player_id=p1&site=shop')
    expect(verdict).toBeInstanceOf(Refusal)
    expect(verdict).toMatchObject({ code: 'missing_field', field: 'banner_tag' })
  })

  test('stays anonymous when its sender asked not to be tracked', async () => {
    const { report } = await again(VISIT, { headers: { ...fromShop.headers, dnt: '1' } })
    expect(report.sender).not.toContain('iPhone')
    expect(JSON.parse(report.sender)).toMatchObject({ opts_out: true })
  })

  test('is incomplete when it was cut', async () => {
    const { verdict } = await again(`${VISIT}&site=shop&x=${'y'.repeat(3_000)}`)
    expect(verdict).toBe('incomplete')
    const body = { type: 'click', site_id: 'shop', metadata: { text: 'y'.repeat(3_000) } }
    expect((await again('/api/events', { method: 'POST', body: JSON.stringify(body) })).verdict).toBe(
      'incomplete',
    )
  })
})
