/** Names that would break a report which writes them as they are. */
export const HOSTILE = [
  'ends CDATA ]]> and <script>alert(1)</script> & "quotes" \'too\'',
  'colours \u001b[31mred\u001b[0m and a title \u001b]0;pwned\u0007 and a bell \u0007',
  'two\nlines\r\n::error file=x::forged',
  '::warning::at the start ##[error]inside',
  'a | table, `ticks` ```fence``` [link](http://x) *stars* @everyone #1 ${{ github.token }}',
  'NUL \u0000, right to left \u202egnp.exe, lone \ud800, no character \uffff, separator \u2028',
  `long ${'x'.repeat(10_000)}`,
  '',
] as const;
