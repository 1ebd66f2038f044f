/** The process's one application database: opened before the first request, asked for everywhere. */
import { resolve } from 'node:path'
import { openStore, type Store, type StoreTarget } from './database.ts'

let store: Store | undefined

interface StoreSettings {
  readonly DATABASE_URL: string
  readonly APP_DATABASE: string
  readonly RTPX_DATA: string
}

/** Where the settings put the application database. */
export const storeTarget = ({ DATABASE_URL, APP_DATABASE, RTPX_DATA }: StoreSettings): StoreTarget => ({
  url: DATABASE_URL,
  file: resolve(APP_DATABASE || `${RTPX_DATA}/dashboard/app.db`),
})

/** Opens it and brings its schema up to date. @throws what the driver or a migration throws */
export async function startStore(settings: StoreSettings, now: number): Promise<void> {
  store ??= await openStore(storeTarget(settings), now)
}

/**
 * The database, for queries.
 * @throws Error before `startStore` is done
 */
export function getStore(): Store {
  if (!store) throw new Error('the application database is not open yet')
  return store
}
