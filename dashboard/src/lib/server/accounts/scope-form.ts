/** The fields of a form that say what a member, an invitation or a key may see. */
import { ROLES } from '#lib/permission.ts'
import { type Caller, maySeeSite } from '../caller.ts'
import { textOf } from './forms.ts'
import { listColumn, type MemberScope } from './members.ts'

/** Names with commas or spaces between; null for none. */
export function namesOf(text: string): readonly string[] | null {
  const names = [...new Set(text.split(/[\s,]+/).filter(Boolean))]
  return names.length > 0 ? names : null
}

export type ScopeFault =
  | 'There is no such role.'
  | 'Only an owner makes owners.'
  | 'One of these sites is not yours.'
  | 'A partner needs at least one banner prefix.'

/** The scope a form describes, as far as the caller may give it. Nobody gives more than they have. */
export function scopeFrom(form: FormData, caller: Caller): { scope: MemberScope } | { fault: ScopeFault } {
  const role = ROLES.find((one) => one === textOf(form, 'role'))
  if (!role) return { fault: 'There is no such role.' }
  if (role === 'owner' && caller.role !== 'owner') return { fault: 'Only an owner makes owners.' }
  const sites = namesOf(textOf(form, 'site_ids'))
  if (sites?.some((site_id) => !maySeeSite(caller, site_id)))
    return { fault: 'One of these sites is not yours.' }
  const prefixes = role === 'partner' ? namesOf(textOf(form, 'banner_prefixes')) : null
  if (role === 'partner' && !prefixes) return { fault: 'A partner needs at least one banner prefix.' }
  return { scope: { role, site_ids: listColumn(sites), banner_prefixes: listColumn(prefixes) } }
}
