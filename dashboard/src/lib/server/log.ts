/** The dashboard's log: JSON lines on standard output. */
import { pino } from 'pino'

export const logger = pino({ name: 'dashboard' })
