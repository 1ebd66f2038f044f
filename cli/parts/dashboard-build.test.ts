/** One way of building: whoever builds the dashboard leaves what `up` looks for, so that nobody builds again under one that runs. */
import { expect, test } from 'bun:test'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../config.ts'
import { isBuilt } from './dashboard-build.ts'

test('the script of the package makes the build that `up` takes as it is, and a second run leaves it alone', () => {
  const build = () => Bun.spawnSync([process.execPath, 'run', 'build'], { cwd: join(ROOT, 'dashboard') })
  const madeAt = () => statSync(join(ROOT, 'dashboard/build/index.js')).mtimeMs
  expect(build().exitCode).toBe(0)
  expect(isBuilt()).toBe(true)
  const first = madeAt()
  expect(build().exitCode).toBe(0)
  expect(madeAt()).toBe(first)
})
