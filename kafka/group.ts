/**
 * Takes members out of a consumer group that their process can no longer leave itself. A killed consumer holds its
 * partitions until its session ends, 6 s at the least, and nobody reads them meanwhile.
 *
 * A member that is alive after all joins again at once: taking out one too many costs a moment, never a message.
 */
import type { Kafka } from 'kafkajs'
import { settled } from './settled.ts'

/** What kafkajs keeps to itself of a connection to a cluster. */
interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  findGroupCoordinator(group: { groupId: string }): Promise<{
    leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>
  }>
}

/**
 * Takes every member whose id begins with `prefix` out of the group.
 * @returns how many there were
 */
export async function evictMembers(kafka: Kafka, groupId: string, prefix: string): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const { groups } = await settled(() => admin.describeGroups([groupId]))
    const stale = (groups[0]?.members ?? []).filter(({ memberId }) => memberId.startsWith(prefix))
    if (stale.length > 0)
      await leave(
        kafka,
        groupId,
        stale.map(({ memberId }) => memberId),
      )
    return stale.length
  } finally {
    await admin.disconnect()
  }
}

/** Sends LeaveGroup (Kafka protocol, key 13) for each; kafkajs' own clients send it only for themselves. */
async function leave(kafka: Kafka, groupId: string, memberIds: readonly string[]): Promise<void> {
  const cluster = clusterOf(kafka)
  await cluster.connect()
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId })
    for (const memberId of memberIds) await settled(() => coordinator.leaveGroup({ groupId, memberId }))
  } finally {
    await cluster.disconnect()
  }
}

function clusterOf(kafka: Kafka): Cluster {
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  )
  const create = key && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[key]
  if (!create) throw new Error('kafkajs has changed inside: its clusters cannot be made')
  return create.call(kafka, {})
}
