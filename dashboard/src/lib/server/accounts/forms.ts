/** What people write into the accounts' forms, judged: a whole answer, or what is wrong with each field. */
import { emailOf } from './email.ts'
import { passwordFault } from './password.ts'
import type { NewPerson } from './people.ts'

export type Faults = Partial<Record<string, string>>

const NAME_MAX = 100

export const textOf = (form: FormData, name: string): string => {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** A person from the fields name, email and password. `values` goes back into the form; passwords don't. */
export function personFrom(form: FormData): {
  readonly person: NewPerson | undefined
  readonly faults: Faults
  readonly values: Record<string, string>
} {
  const name = textOf(form, 'name').trim().slice(0, NAME_MAX)
  const email = emailOf(textOf(form, 'email'))
  const password = textOf(form, 'password')
  const weak = passwordFault(password, email ?? '')
  const faults: Faults = {
    ...(name === '' && { name: 'Say what to call you.' }),
    ...(!email && { email: 'This is no e-mail address.' }),
    ...(weak && { password: weak }),
  }
  const person = email && Object.keys(faults).length === 0 ? { name, email, password } : undefined
  return { person, faults, values: { name, email: textOf(form, 'email') } }
}
