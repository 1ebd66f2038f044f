/** Mails of the accounts: through the SMTP server of the settings, or, without one, a line in the log with the link. */
import { createTransport } from 'nodemailer'
import { logger } from '../log.ts'

interface Mail {
  readonly to: string
  readonly subject: string
  /** Plain text; the link stands on a line of its own. */
  readonly text: string
  readonly link: string
}

/** Sends one; resolves when the server has taken it. @throws what the server says */
export interface Mailer {
  /** Whether mails leave the install. */
  readonly sends: boolean
  send(mail: Mail): Promise<void>
}

const TIMEOUT_MS = 10_000

export function createMailer(settings: { readonly SMTP_URL: string; readonly MAIL_FROM: string }): Mailer {
  if (!settings.SMTP_URL)
    return {
      sends: false,
      send: async ({ to, subject, link }) => {
        logger.info({ to, link }, `${subject}: no SMTP_URL is set, so here is the link`)
      },
    }
  const transport = createTransport({
    url: settings.SMTP_URL,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  })
  return {
    sends: true,
    send: async ({ to, subject, text, link }) => {
      await transport.sendMail({ from: settings.MAIL_FROM, to, subject, text: `${text}\n\n${link}\n` })
    },
  }
}
