/** How many tests passed and failed, as a JUnit report says. */

export interface Count {
  readonly passed: number
  readonly failed: number
}

/** The counts of a report; a report that was never written counts nothing. A skipped test counts as failed. */
export async function countOf(file: string): Promise<Count> {
  const report = Bun.file(file)
  if (!(await report.exists())) return { passed: 0, failed: 0 }
  return countIn(await report.text())
}

/** The counts of a report's text, from the attributes of its root element. */
export function countIn(xml: string): Count {
  const root = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? ''
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0)
  const failed = number('failures') + number('errors') + number('skipped')
  return { passed: number('tests') - failed, failed }
}
