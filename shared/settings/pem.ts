const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----(.+?)-----END \1-----/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const WIDTH = /.{1,64}/g;

/**
 * PEM blocks as OpenSSL reads them, out of a text whose line ends became spaces, `\n` or `\r\n` in letters, or nothing, as
 * forms and shells make of them. What stands between the blocks is left out. A text without a whole block stays as it is.
 */
export function pemText(text: string): string {
  const inOneLine = text.replaceAll(/(?:\\+[rn]|\s)+/g, ' ');
  const blocks = [...inOneLine.matchAll(BLOCK)].map(([, label = '', body = '']) =>
    blockOf(label, body.replaceAll(' ', '')),
  );
  return blocks.length === 0 || blocks.includes(undefined) ? text : blocks.join('\n');
}

/** Undefined if the body is more than base64, such as the headers of an encrypted key. */
function blockOf(label: string, body: string): string | undefined {
  if (!BASE64.test(body)) return undefined;
  return [`-----BEGIN ${label}-----`, ...(body.match(WIDTH) ?? []), `-----END ${label}-----`].join('\n');
}
