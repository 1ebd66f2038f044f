/** `user create|reset`: accounts from the machine rtpx runs on, for the first owner and for who is locked out. */
import { defineCommand } from 'citty'
import { ROLES, type Role } from '../../dashboard/src/lib/permission.ts'
import { record } from '../../dashboard/src/lib/server/accounts/audit.ts'
import { emailOf } from '../../dashboard/src/lib/server/accounts/email.ts'
import { addMember, listColumn, membershipsOf } from '../../dashboard/src/lib/server/accounts/members.ts'
import { passwordFault } from '../../dashboard/src/lib/server/accounts/password.ts'
import {
  createOwner,
  createPerson,
  firstOrganization,
  hasOwner,
  personOf,
  resetPerson,
} from '../../dashboard/src/lib/server/accounts/people.ts'
import { newSecret } from '../../dashboard/src/lib/server/accounts/secrets.ts'
import { AT_THE_MACHINE, withStore } from '../accounts-store.ts'
import { StartError } from '../start-error.ts'
import { strictCommand } from '../strict-command.ts'

const EMAIL = { type: 'positional', required: true, description: 'E-mail address' } as const
const PASSWORD = {
  type: 'string',
  description: 'Password, or - to read it from standard input; without, one is made and printed',
} as const

const create = strictCommand({
  meta: { name: 'create', description: 'Create an account: the owner of a new install, else a member' },
  args: {
    email: EMAIL,
    name: { type: 'string', description: 'What to call them' },
    role: { type: 'string', default: 'viewer', description: ROLES.join(', ') },
    banners: { type: 'string', description: "A partner's: what its banners begin with, with commas" },
    password: PASSWORD,
  },
  run: async ({ args }) => {
    const email = requireEmail(args.email)
    const prefixes = args.banners?.split(',').flatMap((prefix) => prefix.trim() || []) ?? []
    if ((args.role === 'partner') !== prefixes.length > 0)
      throw new StartError('--banners goes with --role partner, and a partner with --banners')
    const role = ROLES.find((one) => one === args.role)
    if (!role) throw new StartError(`"${args.role}" is no role: ${ROLES.join(', ')}`)
    const { password, shown } = await choosePassword(args.password, email)
    const person = { email, name: args.name ?? email.split('@')[0] ?? email, password }
    const made = await withStore(async (store): Promise<Role> => {
      const now = Date.now()
      if (!(await hasOwner(store.db)) && (await createOwner(store, person, 'My organization', now)))
        return 'owner'
      const organization_id = await firstOrganization(store.db)
      const banner_prefixes = role === 'partner' ? listColumn(prefixes) : null
      const scope = { organization_id, role, site_ids: null, banner_prefixes }
      const known = await personOf(store.db, email)
      if (known) throw new StartError(`${email} has an account: bun run user reset ${email}`)
      const user_id = await createPerson(store, person, now)
      await addMember(store.db, { ...scope, user_id }, now)
      const deed = { action: 'member.joined', target: email, detail: { role } }
      await record(store.db, { ...AT_THE_MACHINE, organization_id }, deed, now)
      return role
    })
    console.info(`${email} is ${made}${shown}`)
  },
})

const reset = strictCommand({
  meta: { name: 'reset', description: 'New password; ends their sessions and takes the second factor off' },
  args: { email: EMAIL, password: PASSWORD },
  run: async ({ args }) => {
    const email = requireEmail(args.email)
    const { password, shown } = await choosePassword(args.password, email)
    await withStore(async (store) => {
      const person = await personOf(store.db, email)
      if (!person) throw new StartError(`${email} has no account`)
      const now = Date.now()
      await resetPerson(store, person.id, password, now)
      for (const { organization_id } of await membershipsOf(store.db, person.id))
        await record(
          store.db,
          { ...AT_THE_MACHINE, organization_id },
          { action: 'password.reset', target: email },
          now,
        )
    })
    console.info(`${email} has a new password, no session and no second factor${shown}`)
  },
})

function requireEmail(text: string): string {
  const email = emailOf(text)
  if (!email) throw new StartError(`"${text}" is no e-mail address`)
  return email
}

/** The given password, or a made one with how to show it. @throws StartError for a weak one */
async function choosePassword(given: string | undefined, email: string) {
  if (given === undefined) {
    const password = newSecret().slice(0, 24)
    return { password, shown: `; password: ${password}` }
  }
  const password = given === '-' ? (await Bun.stdin.text()).replace(/\r?\n$/, '') : given
  const weak = passwordFault(password, email)
  if (weak) throw new StartError(weak)
  return { password, shown: '' }
}

export default defineCommand({
  meta: { name: 'user', description: 'Create an account, or let one in again' },
  subCommands: { create, reset },
})
