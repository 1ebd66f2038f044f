/** `GET /health` → 200 when ClickHouse answers this process, else 503 and the reason. */
import { getServices } from '#lib/server/clickhouse.ts'
import { troubleOf } from '#lib/server/trouble.ts'

export async function GET(): Promise<Response> {
  const headers = { 'cache-control': 'no-store' }
  try {
    await getServices().clickhouse.rows('SELECT 1 AS ok')
    return Response.json({ status: 'ok' }, { headers })
  } catch (error) {
    const { code, title, detail } = troubleOf(error)
    return Response.json(
      { status: 'unavailable', code, reason: `${title}. ${detail}` },
      { status: 503, headers },
    )
  }
}
