export type DecodedText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bad'; readonly why: string };

/**
 * The text of a file: UTF-8, or what its byte order mark says, such as the UTF-16 that PowerShell's `>` writes. What is
 * not UTF-8 in it becomes U+FFFD.
 */
export function decodeText(bytes: Buffer): DecodedText {
  const encoding = markedEncoding(bytes);
  if (encoding === 'utf-8' && bytes.includes(0)) {
    return { kind: 'bad', why: 'it is UTF-16 without a byte order mark, or no text: save it as UTF-8' };
  }
  return { kind: 'text', text: new TextDecoder(encoding).decode(bytes) };
}

function markedEncoding([first, second]: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return 'utf-8';
}
