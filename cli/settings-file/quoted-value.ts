/** A quoted value and the index after its last line, or why there is none. */
export type QuotedValue =
  | { readonly kind: 'value'; readonly value: string; readonly next: number }
  | { readonly kind: 'bad'; readonly why: string };

/**
 * Reads a value that begins with a quote (`rest`, of the line `at`) and may go on over lines, as PEM texts do. `beginsSetting`
 * tells that a line begins a setting that we know: then the quote was left open above it.
 */
export function readQuoted(
  lines: readonly string[],
  at: number,
  { rest, beginsSetting }: { readonly rest: string; readonly beginsSetting: (line: string) => boolean },
): QuotedValue {
  const quote = rest[0] ?? '"';
  const parts: string[] = [];
  for (let i = at; i < lines.length; i += 1) {
    const line = i === at ? rest.slice(1) : (lines[i] ?? '');
    if (i > at && beginsSetting(line)) break;
    const end = closingQuote(line, quote);
    if (end < 0) {
      parts.push(line);
      continue;
    }
    const behind = line.slice(end + 1).trim();
    if (behind === '' || behind.startsWith('#')) {
      parts.push(line.slice(0, end));
      return { kind: 'value', value: unescaped(parts.join('\n'), quote), next: i + 1 };
    }
    if (i === at) return { kind: 'bad', why: 'leave nothing behind the closing quote' };
    break;
  }
  return { kind: 'bad', why: 'close the quote, or leave it out' };
}

/** The first quote without a backslash before it; -1 if there is none. */
function closingQuote(line: string, quote: string): number {
  let end = line.indexOf(quote);
  while (end > 0 && line[end - 1] === '\\') end = line.indexOf(quote, end + 1);
  return end;
}

/** As dotenv does it: `\n` and `\r` are line ends between double quotes only. */
function unescaped(text: string, quote: string): string {
  const value = text.replaceAll(`\\${quote}`, quote);
  return quote === '"' ? value.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : value;
}
