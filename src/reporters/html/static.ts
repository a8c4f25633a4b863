/** A page of text and tables in the style of the report, without a program: its policy forbids everything but its style. */
import { assets } from './assets.ts';
import { asText } from './escape.ts';
import { digest, icon } from './parts.ts';

export interface StaticPage {
  readonly title: string;
  readonly tone: 'good' | 'bad';
  /** HTML; other people's text in it is escaped already */
  readonly body: string;
  /** CSS besides the report's own */
  readonly style: string;
}

export function staticPage({ title, tone, body, style }: StaticPage): string {
  const whole = `${assets().style}\n${style}`;
  const policy = `default-src 'none'; style-src ${digest(whole)}; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${asText(title)}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon(tone))}">
<style>${whole}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
<main id="report" tabindex="-1">
${body}
</main>
</body>
</html>
`;
}
