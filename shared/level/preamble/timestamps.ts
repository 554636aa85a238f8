const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,:]\d{1,9})?)?(?: ?[AaPp][Mm]\b)?`;
const ZONE = String.raw`(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT|[CEMP][SD]T|CES?T|BST|IST|JST|MSK|WE?S?T|EES?T)\b`;
const CLOCK = String.raw`\d{1,2}:\d{2}`;

/** Dates and times by what they begin with. */
const FROM_DIGIT = [
  // 2026-01-15, 2026/01/15, 2026.01.15
  String.raw`\d{4}([-/.])\d{1,2}\1\d{1,2}`,
  // 10:30, 10:30:00.123, 10:30AM
  TIME,
  // 15-01-2026, 1/15/26
  String.raw`\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?![\d.])`,
  // 15-Jan-2026, 15/Jan/2026, 15 Jan 2026, 15 Jan 10:30
  String.raw`\d{1,2}[-/ ]${MONTH}(?:[-/ ]\d{4}|(?= ${CLOCK}))`,
  // 01-15 10:30, 0115/103000, 20260115 10:30
  String.raw`\d{2}[-/]\d{2}(?=[ |]${CLOCK})`,
  String.raw`(?:\d{8}|\d{6}|\d{4})[ T/-]\d{6}(?:\.\d{1,9})?`,
  String.raw`(?:\d{8}|\d{6})(?=[ T-]${CLOCK})`,
  // Seconds, milliseconds, microseconds or nanoseconds since 1970, and zap's 1.768473e+09
  String.raw`(?:\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19}|\d\.\d{1,15}e\+\d{2})(?![\w.])`,
].map(sticky);
const FROM_CAPITAL = [
  // Jan 15 10:30, Jan 15, 2026, Wed Jan 15 10:30:00
  String.raw`(?:${DAY},? )?${MONTH} {1,2}\d{1,2}(?:,? \d{4}\b|(?= ${CLOCK}))`,
  String.raw`${DAY},? (?=\d{1,2} ${MONTH})`,
].map(sticky);
/** What counts within a timestamp only: a time after T, a zone, the year of `Wed Jan 15 10:30:00 2026`. */
const INSIDE = [`[T:]${TIME}`, ZONE, String.raw`\d{4}(?![\w.])`].map(sticky);

const MAX_PARTS = 5;

function sticky(source: string): RegExp {
  return new RegExp(source, 'y');
}

/** Index after the timestamp that begins at `at`, with the blanks and commas inside it; `at` if there is none. */
export function timestampEnd(text: string, at: number): number {
  let end = partEnd(text, at);
  for (let count = 1; count < MAX_PARTS && end > at; count += 1) {
    let from = text[end] === ',' ? end + 1 : end;
    while (text[from] === ' ') from += 1;
    let next = partEnd(text, from);
    if (next === from) next = firstEnd(INSIDE, text, from);
    if (next === from) break;
    end = next;
  }
  return end;
}

function partEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first >= 0x30 && first <= 0x39) return firstEnd(FROM_DIGIT, text, at);
  return first >= 0x41 && first <= 0x5a ? firstEnd(FROM_CAPITAL, text, at) : at;
}

function firstEnd(patterns: readonly RegExp[], text: string, at: number): number {
  for (const pattern of patterns) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  return at;
}
