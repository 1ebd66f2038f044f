/** The owner of a system that a test or a bench has started: made at the first call, signed in at every other. */

const OWNER = { name: 'Owner', email: 'owner@brand.test', password: 'a long enough password' }

const cookies = new Map<string, Promise<string>>()

/** Headers with which a request to the dashboard is the owner's. @throws Error when the dashboard knows another owner */
export async function ownerHeaders(dashboardUrl: string): Promise<{ readonly cookie: string }> {
  const known = cookies.get(dashboardUrl) ?? signIn(dashboardUrl)
  cookies.set(dashboardUrl, known)
  known.catch(() => cookies.delete(dashboardUrl))
  return { cookie: await known }
}

async function signIn(url: string): Promise<string> {
  const post = (path: string, fields: Record<string, string>) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { origin: url, accept: 'text/html' },
      body: new URLSearchParams(fields),
      redirect: 'manual',
    })
  for (const answer of [
    await post('/setup', { ...OWNER, organization: 'Brand' }),
    await post('/sign-in?/password', OWNER),
  ]) {
    await answer.arrayBuffer()
    const cookie = answer.headers.getSetCookie().find((one) => one.includes('session_token='))
    if (cookie) return cookie.split(';')[0] ?? ''
  }
  throw new Error('the dashboard has another owner')
}
