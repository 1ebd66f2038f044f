/**
 * How a process reaches Kafka, read from the environment: the variables to spread into a process's `cleanEnv`, and the
 * client options they make. A half-given login is an error, never an anonymous connection.
 */
import { bool, makeValidator, str } from 'envalid'
import type { KafkaOptions } from './client.ts'

/** A comma-separated list of `host:port`. */
export const brokerList = makeValidator<string[]>((text) => {
  const brokers = text
    .split(',')
    .map((broker) => broker.trim())
    .filter(Boolean)
  for (const broker of brokers) {
    const port = Number(/^\S+:(\d{1,5})$/.exec(broker)?.[1])
    if (!(port > 0 && port < 65_536)) throw new Error(`"${broker}" is not host:port`)
  }
  return brokers
})

/** The variables of a Kafka connection, for `cleanEnv`. */
export const kafkaVariables = {
  KAFKA_BROKERS: brokerList({ default: [], desc: 'Brokers as host:port, comma-separated' }),
  KAFKA_SASL: str({
    choices: ['', 'plain', 'scram-sha-256', 'scram-sha-512'],
    default: '',
    desc: 'SASL mechanism of the login; empty for none',
  }),
  KAFKA_USERNAME: str({ default: '', desc: 'Name of the SASL login' }),
  KAFKA_PASSWORD: str({ default: '', desc: 'Password of the SASL login' }),
  KAFKA_SSL: bool({ default: false, desc: 'Connect with TLS' }),
}

export interface KafkaVariables {
  readonly KAFKA_BROKERS: readonly string[]
  readonly KAFKA_SASL: '' | 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly KAFKA_USERNAME: string
  readonly KAFKA_PASSWORD: string
  readonly KAFKA_SSL: boolean
}

/** The connection those variables describe. @throws when a mechanism has no name or password, or a login no mechanism */
export function kafkaConnection(env: KafkaVariables): Pick<KafkaOptions, 'brokers' | 'ssl' | 'sasl'> {
  const { KAFKA_SASL: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = env
  const connection = { brokers: env.KAFKA_BROKERS, ssl: env.KAFKA_SSL }
  if (!mechanism && !username && !password) return connection
  if (!mechanism) throw new Error('KAFKA_USERNAME or KAFKA_PASSWORD is set without KAFKA_SASL')
  if (!username || !password)
    throw new Error(`KAFKA_SASL=${mechanism} needs KAFKA_USERNAME and KAFKA_PASSWORD`)
  switch (mechanism) {
    case 'plain':
      return { ...connection, sasl: { mechanism, username, password } }
    case 'scram-sha-256':
      return { ...connection, sasl: { mechanism, username, password } }
    case 'scram-sha-512':
      return { ...connection, sasl: { mechanism, username, password } }
  }
}
