/**
 * The file itself: one HTML page with its style, its program and its data in it, and a policy that forbids everything
 * else. Without its program (some servers show reports with scripts off) it still says what the run came to.
 */
import { assets } from './assets.ts';
import type { Failure, ReportData } from './data.ts';
import { asJson, asText } from './escape.ts';
import { digest, icon } from './parts.ts';

/** Failures that a page without its program shows. */
const PLAIN = 200;

export interface Page {
  readonly html: string;
  /** the Content-Security-Policy that is in it */
  readonly policy: string;
}

/** @param live served by `runner ui`: the page asks its own server for more, and nothing else */
export function pageOf(data: ReportData, { live }: { readonly live: boolean }): Page {
  const { script, style } = assets();
  const policy = [
    "default-src 'none'",
    `script-src ${digest(script)}`,
    `style-src ${digest(style)}`,
    'img-src data:',
    ...(live ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en"${live ? ' data-live="true"' : ''}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${asText(`${data.headline.text} ${data.run.id}`)}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon(data.headline.tone))}">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
<p id="live" class="live" role="status"></p>
<p id="said" class="unseen" aria-live="polite"></p>
<main id="report" tabindex="-1">
${plain(data)}
</main>
<script type="application/json" id="data">${asJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
  return { html, policy };
}

function plain({ run, headline, totals, failures }: ReportData): string {
  const { passed, failed, skipped, todo, notRun } = totals;
  const figures = `${passed} passed, ${failed} failed, ${skipped + todo} skipped, ${notRun} files not run`;
  const shown = failures.slice(0, PLAIN).map(plainFailure).join('\n');
  const rest = failures.length > PLAIN ? `<p>and ${failures.length - PLAIN} more</p>` : '';
  return `<h1>${asText(headline.text)}</h1>
${headline.besides.map((text) => `<p>${asText(text)}</p>`).join('\n')}
<p>${asText(figures)}. Run ${asText(run.id)}: <code>${asText(run.command)}</code></p>
<noscript><p>The rest of this report needs JavaScript.</p></noscript>
${shown === '' ? '' : `<ul>\n${shown}\n</ul>`}${rest}`;
}

const plainFailure = ({ place, p, message, reason, kept, again }: Failure): string =>
  `<li><p>${asText([place, ...p].join(' › '))}</p><pre>${asText([reason, ...message, ...kept].filter((line) => line !== null).join('\n'))}</pre><p><code>${asText(again)}</code></p></li>`;
