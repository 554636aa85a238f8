const MAX_CHARS = 200;
/** Shorter values are too common to be told apart from ordinary words. */
const MIN_MASKED_CHARS = 4;
const LINE_BEGINNING_CHARS = 16;

/** What must not be repeated from a service's answer. */
export interface Confidential {
  readonly settings: readonly string[];
  readonly lines: readonly string[];
}

/** The service's words, fit to be kept: masked, control characters out, at most 200 characters. */
export function keepableAnswer(answer: string, confidential: Confidential): string {
  const beginnings = confidential.lines.map((line) => line.trimStart().slice(0, LINE_BEGINNING_CHARS));
  const secrets = [...confidential.settings, ...beginnings]
    .filter((text) => text.length >= MIN_MASKED_CHARS)
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
    .sort((a, b) => b.length - a.length);
  let masked = answer;
  for (const secret of secrets) masked = masked.replaceAll(secret, '***');
  const readable = masked.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return Array.from(readable).slice(0, MAX_CHARS).join('');
}
