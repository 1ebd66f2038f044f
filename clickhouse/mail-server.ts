/** A mail server for tests: a real SMTP conversation on a free port of loopback, with a login. */
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'

export interface Received {
  readonly from: string
  readonly to: readonly string[]
  /** Headers and body as they came. */
  readonly raw: string
}

export interface MailServer {
  readonly url: string
  readonly received: Received[]
  /** Addresses it will not take mail for. */
  readonly refused: Set<string>
  /** Refuses every message for the moment. */
  busy: boolean
  stop(): Promise<void>
}

export async function startMailServer(): Promise<MailServer> {
  const received: Received[] = []
  const refused = new Set<string>()
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'rtpx' && password === 'secret' ? done(null, { user: 'rtpx' }) : done(new Error('no')),
    onRcptTo: ({ address }, _session, done) => {
      if (refused.has(address))
        return done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }))
      return done()
    },
    onData: async (stream: SMTPServerDataStream, session, done) => {
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk)
      if (state.busy) return done(Object.assign(new Error('come back later'), { responseCode: 451 }))
      const { mailFrom, rcptTo } = session.envelope
      received.push({
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        raw: Buffer.concat(chunks).toString('utf8'),
      })
      return done()
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as { port: number }
  const state: MailServer = {
    url: `smtp://rtpx:secret@127.0.0.1:${port}`,
    received,
    refused,
    busy: false,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return state
}
