/** E-mail by SMTP. */
import { createTransport } from 'nodemailer'
import type { Attempt } from '../alerts/attempt.ts'
import type { Letter } from '../alerts/letter.ts'

export interface Mail extends Letter {
  readonly to: readonly string[]
  /** Identity of the message: a repetition has the same, so that mail programs show it once. */
  readonly id: string
  /** Identity of the message it belongs to. */
  readonly inReplyTo?: string
}

export interface Mailer {
  /** Sends; whatever happens is an outcome, never an exception. */
  send(mail: Mail): Promise<Attempt>
  close(): void
}

export interface MailerOptions {
  /** `smtp://…` or `smtps://…`; empty: nothing can be sent. */
  readonly SMTP_URL: string
  readonly MAIL_FROM: string
  readonly timeoutMs: number
}

export function mailerOf({ SMTP_URL, MAIL_FROM, timeoutMs }: MailerOptions): Mailer {
  if (SMTP_URL === '')
    return {
      send: async () => ({
        outcome: 'dead',
        error: 'no mail server is set: SMTP_URL of the aggregator is empty',
      }),
      close: () => undefined,
    }
  const transport = createTransport({
    url: SMTP_URL,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Nothing of a message may make the mailer read a file or ask an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const idOf = (id: string) => `<${id}@${hostOf(MAIL_FROM)}>`
  return {
    async send({ to, subject, text, html, id, inReplyTo }) {
      try {
        const { rejected } = await transport.sendMail({
          from: MAIL_FROM,
          to: [...to],
          subject,
          text,
          html,
          messageId: idOf(id),
          ...(inReplyTo === undefined ? {} : { inReplyTo: idOf(inReplyTo), references: idOf(inReplyTo) }),
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        const refused = rejected.map(String)
        return refused.length === 0
          ? { outcome: 'sent' }
          : { outcome: 'sent', note: `refused for ${refused.join(', ')}` }
      } catch (error) {
        const { message, responseCode = 0 } = error as Error & { responseCode?: number }
        // 5xx: the server will not take it, ever; a login it does not like may be mended.
        const isFinal = responseCode >= 500 && ![530, 534, 535].includes(responseCode)
        return { outcome: isFinal ? 'dead' : 'retry', error: message.slice(0, 300) }
      }
    },
    close: () => transport.close(),
  }
}

const hostOf = (from: string) => /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'rtpx.invalid'
