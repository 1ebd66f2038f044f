/** How this process sends: its mail server, its rules for webhooks, its key, made of its settings at the first message. */
import { installSealer, type Sealer } from '@rtpx/clickhouse/seal'
import { networks } from '@rtpx/clickhouse/settings'
import type { AggregatorSettings } from '../config.ts'
import type { DeliveriesOptions } from '../jobs/deliveries.ts'
import { mailerOf } from '../mail/mailer.ts'
import { send } from './send.ts'
import { systemResolve } from './target.ts'

const TIMEOUT_MS = 10_000

type Settings = Pick<
  AggregatorSettings,
  'SMTP_URL' | 'MAIL_FROM' | 'ORIGIN' | 'SEAL_KEY' | 'RTPX_DATA' | 'WEBHOOK_NETWORKS' | 'WEBHOOK_PORTS'
>

/** @param now the clock, ms */
export function senderOf(settings: Settings, now: () => number): DeliveriesOptions['send'] {
  let sealer: Promise<Sealer> | undefined
  const options = {
    sealer: () => {
      sealer ??= installSealer(settings)
      return sealer
    },
    mailer: mailerOf({ ...settings, timeoutMs: TIMEOUT_MS }),
    post: {
      resolve: systemResolve,
      allowed: networks(settings.WEBHOOK_NETWORKS),
      ports: settings.WEBHOOK_PORTS,
      timeoutMs: TIMEOUT_MS,
      now,
    },
    origin: settings.ORIGIN,
  }
  return (clickhouse, delivery) => send(clickhouse, delivery, options)
}
