/** `GET /docs`: one plain page that needs nothing from anywhere else. */
import { SERVED } from '../http/paths.ts';

const row = (served: string): string => `<li><code>${served.replace(/[<>&]/g, '')}</code></li>`;

export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}code,pre{font-family:ui-monospace,monospace;background:#f3f3f3;padding:.1rem .3rem}pre{padding:1rem;overflow:auto}</style>
<h1>Sluice</h1>
<p>Calls are held until the provider's limits allow them, most urgent first. Point an OpenAI SDK at this address, with your key, and name a resource as the model.</p>
<pre>curl http://localhost:3000/v1/chat/completions \\
  -H "Authorization: Bearer $SLUICE_KEY" -H "Content-Type: application/json" \\
  -d '{"model":"fast","messages":[{"role":"user","content":"Hello"}]}'</pre>
<h2>Served</h2>
<ul>${SERVED.map(row).join('')}</ul>
<p>Every path also answers without <code>/v1</code>. The exact contract is <a href="/openapi.json">openapi.json</a>.</p>
</html>
`;
