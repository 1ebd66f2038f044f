/** HTML for e-mails, in which what is put in is text: escaped unless it is HTML made here. */

export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Part[]

/** A template whose parts are escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    strings.reduce(
      (all, string, index) => all + (index === 0 ? '' : rendered(parts[index - 1] ?? '')) + string,
      '',
    ),
  )
}

function rendered(part: Part): string {
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(rendered).join('')
  return Bun.escapeHTML(part)
}
