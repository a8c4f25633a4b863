/** Other people's text inside of HTML: as text, and as the JSON of a script element that holds data. */

/** For text and for attributes in double quotes. */
export const asText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/**
 * JSON that no HTML parser takes for anything else: without `<` there is no `</script>` and no `<!--`, which would
 * change how a script element ends. The line separators are legal in JSON, and not in older readers of JavaScript.
 */
export const asJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPES[character] ?? character);
