/** Asks the API to do something. */
import type { Trouble } from './overview.ts'

/** @returns what it answers, or why it did not */
export async function send<Answer>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body: object,
): Promise<{ readonly body: Answer } | { readonly trouble: Trouble }> {
  try {
    const response = await fetch(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = response.status === 204 ? undefined : await response.json()
    return response.ok ? { body: answer } : { trouble: answer }
  } catch {
    return {
      trouble: {
        code: 'clickhouse_unreachable',
        title: 'The dashboard does not answer',
        detail: 'Nothing is known to have changed; try again.',
      },
    }
  }
}
