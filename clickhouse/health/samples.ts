/** Reading Prometheus' text format, as the parts write it. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)(?: \d+)?$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Every sample of the text; what is no sample is left out. */
export function readSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line)
    if (!match || line.startsWith('#')) return []
    const [, name = '', labels = '', value = ''] = match
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, text] as const)
    return [{ name, labels: Object.fromEntries(pairs), value: value === '+Inf' ? Infinity : Number(value) }]
  })
}

/** The values of one metric over all its labels. */
export const valuesOf = (samples: readonly Sample[], name: string): number[] =>
  samples.filter((sample) => sample.name === name).map(({ value }) => value)
