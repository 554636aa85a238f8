const MAX_CHARS = 200;
/** What is read of an answer at all. */
const MAX_READ_CHARS = 4_096;
/** Shorter values are too common to be told apart from ordinary words. */
const MIN_SECRET_CHARS = 4;
const MIN_LINE_CHARS = 8;
const MAX_LINE_CHARS = 64;

/** What must not be repeated from a service's answer. */
export interface Confidential {
  readonly settings: readonly string[];
  /** Lines of the request, or their beginnings. */
  readonly lines: readonly string[];
}

/** The service's words, fit to be kept: masked, control characters out, at most 200 characters. */
export function keepableAnswer(answer: string, confidential: Confidential): string {
  const secrets = confidential.settings
    .filter((text) => text.length >= MIN_SECRET_CHARS)
    .sort((a, b) => b.length - a.length);
  let masked = answer.slice(0, MAX_READ_CHARS);
  for (const secret of secrets) masked = maskAll(masked, secret);
  for (const line of confidential.lines) masked = maskBeginning(masked, line);
  const readable = masked.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return Array.from(readable).slice(0, MAX_CHARS).join('');
}

/** A text as it is, and as JSON would quote it. */
function maskAll(text: string, secret: string): string {
  return text.replaceAll(secret, '***').replaceAll(JSON.stringify(secret).slice(1, -1), '***');
}

/** Services quote what they could not read, cut at a length of their own: the longest beginning found goes. */
function maskBeginning(text: string, line: string): string {
  const beginning = line.trimStart().slice(0, MAX_LINE_CHARS);
  let masked = text;
  for (let chars = beginning.length; chars >= MIN_LINE_CHARS; chars -= 1) {
    masked = maskAll(masked, beginning.slice(0, chars));
  }
  return masked;
}
