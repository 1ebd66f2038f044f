/** Whether a broker answers: one metadata request, as any client would send it. */
import { kafkaClient } from '../client.ts'

/** The cluster id of the broker at `broker` (`host:port`), or undefined when it does not answer as a ready one. */
export async function askClusterId(broker: string, timeoutMs = 2_000): Promise<string | undefined> {
  const admin = kafkaClient({
    brokers: [broker],
    clientId: 'rtpx-ready',
    connectionTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    retry: { retries: 0 },
  }).admin()
  try {
    await admin.connect()
    const { brokers, clusterId } = await admin.describeCluster()
    return brokers.length > 0 ? clusterId : undefined
  } catch {
    return undefined
  } finally {
    await admin.disconnect().catch(() => {})
  }
}
