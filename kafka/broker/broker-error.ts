/** Why the local broker cannot run, in one line for the person who started it. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
  constructor(
    message: string,
    /** `missing`: Java or Maven is to be installed; `port`: another program has the port; `failed`: it ran and gave up. */
    readonly reason: 'missing' | 'port' | 'failed',
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
