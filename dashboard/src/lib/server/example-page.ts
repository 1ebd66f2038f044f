/** The example's HTML: what a site owner would write, and nothing more. */

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '')

/** @param nonce for the page's one style */
export const examplePage = (edgeUrl: string, siteId: string, nonce: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>An example page</title>
<link rel="icon" href="data:,">
<style nonce="${escaped(nonce)}">
body { font: 0.875rem/1.25rem system-ui, sans-serif; margin: 1rem; }
h1 { font-size: 1rem; margin: 0 0 0.25rem; }
p { margin: 0 0 0.75rem; }
button { font: inherit; height: 2rem; padding: 0 0.75rem; margin: 0 0.5rem 0.5rem 0; }
</style>
<script defer src="${escaped(edgeUrl)}/rtpx.js" data-site="${escaped(siteId)}"></script>
</head>
<body>
<h1>An example page</h1>
<p>It has the script and these buttons, and no other code. Its page view is on its way.</p>
<button type="button" data-rtpx-event="example_click" data-rtpx-plan="pro">Send a click</button>
<button type="button" data-rtpx-event="visit" data-rtpx-player-id="example-player" data-rtpx-banner-tag="example">Send a visit</button>
<button type="button" data-rtpx-event="visit" data-rtpx-player-id="example-player">Send a visit without a banner</button>
</body>
</html>
`
