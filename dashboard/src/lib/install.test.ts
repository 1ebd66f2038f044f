import { expect, test } from 'bun:test'
import { codeSnippets, STUB, scriptTag } from './install.ts'

test('what is copied is what the tracker’s own page says', async () => {
  const readme = await Bun.file(new URL('../../../sdk/README.md', import.meta.url)).text()
  expect(readme).toContain(`<script>${STUB}</script>`)
  expect(readme).toContain(scriptTag('https://edge.example', 'KEY'))
  const [page] = codeSnippets('https://edge.example', 'KEY')
  expect(page?.code).toContain(STUB)
})
