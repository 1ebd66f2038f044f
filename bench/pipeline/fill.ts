/** Puts generated events on the topic, made by ClickHouse and read from it as lines. */
import type { QueueProducer } from '@rtpx/kafka/producer'
import { EVENTS_QUEUE } from '@rtpx/kafka/topics'
import { generatedDay, POPULATION } from '../generate/events.ts'

export const PARTITIONS = 4
/** Requests to Kafka that are under way at once; each has at most one message for each partition. */
const UNDER_WAY = 8

/** @throws when ClickHouse does not make them, or Kafka does not take them */
export async function fill(
  producer: QueueProducer,
  url: string,
  {
    first,
    events,
    perMessage,
  }: { readonly first: number; readonly events: number; readonly perMessage: number },
): Promise<void> {
  const day = new Date().toISOString().slice(0, 10)
  const query = new URLSearchParams({
    user: 'default',
    param_day: day,
    param_first: String(first),
    param_count: String(events),
    // A busy day, of which these are some minutes.
    param_per_day: String(100 * events),
    param_offset: '0',
    output_format_json_quote_64bit_integers: '0',
    output_format_json_quote_decimals: '1',
  })
  const response = await fetch(`${url}/?${query}`, {
    method: 'POST',
    body: `${generatedDay(POPULATION, 'wire')} FORMAT JSONEachRow`,
  })
  if (!response.ok || !response.body) throw new Error(await response.text())
  let message: string[] = []
  let messages: { partition: number; value: Buffer }[] = []
  const sends = new Set<Promise<unknown>>()
  const send = async () => {
    if (sends.size >= UNDER_WAY) await Promise.race(sends)
    const one: Promise<unknown> = producer.send(EVENTS_QUEUE, messages).then(() => sends.delete(one))
    sends.add(one)
    messages = []
  }
  const close = async () => {
    messages.push({ partition: messages.length, value: Buffer.from(message.join('\n')) })
    message = []
    if (messages.length === PARTITIONS) await send()
  }
  let rest = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (message.push(asEdgesWrite(line)) === perMessage) await close()
  }
  if (message.length > 0) await close()
  if (messages.length > 0) await send()
  await Promise.all(sends)
}

/** The line as an edge writes it: what is empty is absent, no slash is escaped. */
function asEdgesWrite(line: string): string {
  const fields = Object.entries(JSON.parse(line) as Record<string, unknown>)
  return JSON.stringify(
    Object.fromEntries(fields.filter(([, value]) => value !== '' && value !== null && value !== false)),
  )
}
