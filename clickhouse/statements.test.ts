import { expect, test } from 'bun:test'
import { splitStatements } from './statements.ts'

test('statements end at a semicolon that is one', () => {
  expect(
    splitStatements(
      "SELECT ';' ; -- no; end\nSELECT `a;b`, \"c;d\" /* ; */, 'it''s;', 'a\\';' ;\n-- last\n;",
    ),
  ).toEqual(["SELECT ';'", "-- no; end\nSELECT `a;b`, \"c;d\" /* ; */, 'it''s;', 'a\\';'"])
})
