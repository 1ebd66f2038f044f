import { managing } from '#lib/server/accounts/manage.ts'
import type { LayoutServerLoad } from './$types'

export const load: LayoutServerLoad = (event) => ({ role: managing(event, 'read').caller.role })
