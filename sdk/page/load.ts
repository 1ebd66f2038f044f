/** Puts `rtpx.js` into the page, for applications whose HTML has no place for the tag. */

export interface ScriptOptions {
  /** Address of the script, such as https://edge.example/rtpx.js. */
  readonly src: string
  /** The site's key. */
  readonly site: string
  /** The part after # belongs to the page's address. */
  readonly hash?: boolean | undefined
  /** Recognise a visitor on later visits. */
  readonly visitor?: boolean | undefined
  /** Track nobody whose browser says Global Privacy Control or Do Not Track. */
  readonly respectPrivacy?: boolean | undefined
  /** Modules to load beside it. */
  readonly modules?: readonly ('outbound' | 'hover' | 'scroll' | 'forms')[] | undefined
  /** For a content security policy that asks for one. */
  readonly nonce?: string | undefined
}

/** Loads the script and its modules, each once a page, however often it is called. On a server nothing happens. */
export function load({ src, site, modules = [], nonce, ...choices }: ScriptOptions): void {
  if (typeof document === 'undefined') return
  const { hash, visitor, respectPrivacy } = choices
  add(src, nonce, { site, ...mark({ hash, visitor, respectPrivacy }) })
  for (const module of modules) add(src.replace(/(\.[0-9a-f]{16})?\.js(?=$|\?)/, `-${module}.js`), nonce, {})
}

/** The attributes that are switched on. */
function mark(choices: Record<string, boolean | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(choices).flatMap(([name, isOn]) => (isOn ? [[name, '']] : [])))
}

function add(src: string, nonce: string | undefined, data: Record<string, string>): void {
  try {
    const script = document.createElement('script')
    script.src = src
    for (const { src: other } of document.scripts) if (other === script.src) return
    if (nonce) script.nonce = nonce
    Object.assign(script.dataset, data)
    document.head.append(script)
  } catch {
    console.warn(`rtpx: this page's policy lets no code load ${src}: put its tag into the HTML`)
  }
}
