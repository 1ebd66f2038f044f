/** The application database as the dashboard finds it, for commands. */
import { readSettings } from '@rtpx/kafka/settings'
import { dashboardVariables } from '../dashboard/src/lib/server/config.ts'
import { openStore, type Store } from '../dashboard/src/lib/server/store/database.ts'
import { storeTarget } from '../dashboard/src/lib/server/store/index.ts'
import { dataFolder } from './config.ts'

const { APP_DATABASE, DATABASE_URL } = dashboardVariables

/** Runs work on the database and closes it. @throws SettingsError, what the driver throws, what `work` throws */
export async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const settings = readSettings(process.env, { APP_DATABASE, DATABASE_URL })
  const target = storeTarget({ ...settings, RTPX_DATA: dataFolder(process.env) })
  const store = await openStore(target, Date.now())
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Who the audit log says it was. */
export const AT_THE_MACHINE = { user_id: null, name: 'command line', ip_address: '' } as const
