/** The pixels' paths, and the event type each stands for; undefined when the query names it. */
export const PIXELS: ReadonlyMap<string, { readonly type: string | undefined }> = new Map([
  ['/visit', { type: 'visit' }],
  ['/registration', { type: 'registration' }],
  ['/deposit', { type: 'deposit' }],
  ['/pixel.gif', { type: undefined }],
])
