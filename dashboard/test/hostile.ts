/** Names that try to be more than text: markup, schemes, formulas, SQL, templates, odd characters. */
export const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  'javascript:alert(1)',
  '=HYPERLINK("http://evil.test")',
  "'; DROP TABLE events; --",
  `{{7*7}}$\{7*7}`,
  '\u202eevil',
  '%00&banner=x#y',
] as const
