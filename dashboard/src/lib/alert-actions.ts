/** Asks the API for a change of alerts; what it says against it is an answer too. */

export type Done<Answer> =
  | { readonly answer: Answer; readonly problem: null }
  | { readonly answer: null; readonly problem: { readonly detail: string; readonly field?: string } }

/** @param path below /api/alerts, with its query */
export async function ask<Answer = unknown>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Done<Answer>> {
  try {
    const response = await fetch(`/api/alerts${path}`, {
      method,
      // Also without a body: what names no type is taken for a form of another origin.
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
    const said = response.status === 204 ? null : await response.json()
    if (response.ok) return { answer: said as Answer, problem: null }
    return { answer: null, problem: { ...said, detail: inWords(said.detail) } }
  } catch (error) {
    if (signal?.aborted) throw error
    return { answer: null, problem: { detail: 'The dashboard does not answer; nothing was changed.' } }
  }
}

/** The API's detail as the form has its fields: `definition.metric.currency: …` is `Currency: …`. */
const inWords = (detail: string) =>
  detail.replace(
    /^definition\.(?:\w+\.)*(\w)(\w*)/,
    (_, first: string, rest: string) => `${first.toUpperCase()}${rest.replaceAll('_', ' ')}`,
  )
