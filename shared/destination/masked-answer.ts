const MAX_CHARS = 200;
/** What is searched for beginnings of secrets and lines, which takes long. */
const MAX_READ_CHARS = 4_096;
/** Shorter values are too common to be told apart from ordinary words. */
const MIN_SECRET_CHARS = 4;
const MIN_BEGINNING_CHARS = 8;
const MAX_BEGINNING_CHARS = 64;

/** What must not be repeated from a service's answer. */
export interface Confidential {
  /** Values as they are stored, with spaces around them or not, and parts of them that a destination calls secret. */
  readonly settings: readonly string[];
  /** Lines of the request, or their beginnings. */
  readonly lines: readonly string[];
}

/** The service's words, fit to be kept: masked, control characters out, at most 200 characters. */
export function maskedAnswer(answer: string, confidential: Confidential): string {
  const secrets = confidential.settings
    .flatMap(secretsIn)
    .filter((text) => text.length >= MIN_SECRET_CHARS)
    .sort((a, b) => b.length - a.length);
  let masked = answer;
  // Before anything is cut off, which would leave the beginning of a secret.
  for (const secret of secrets) masked = maskAll(masked, secret);
  masked = masked.slice(0, MAX_READ_CHARS);
  for (const secret of secrets) if (!secret.includes('://')) masked = maskBeginning(masked, secret);
  for (const line of confidential.lines) masked = maskBeginning(masked, line.trimStart());
  const readable = masked.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return Array.from(readable).slice(0, MAX_CHARS).join('');
}

/** A setting's value as it is used, and the secrets within it: a DSN's key is one by itself. */
function secretsIn(value: string): readonly string[] {
  const trimmed = value.trim();
  if (!URL.canParse(trimmed)) return [trimmed];
  const { username, password } = new URL(trimmed);
  return [trimmed, username, password];
}

/** A text as it is, and as JSON, a URL and base64 hold it. */
function maskAll(text: string, secret: string): string {
  return text
    .replaceAll(secret, '***')
    .replaceAll(JSON.stringify(secret).slice(1, -1), '***')
    .replaceAll(encodeURIComponent(Buffer.from(secret).toString()), '***')
    .replaceAll(Buffer.from(secret).toString('base64'), '***');
}

/** Services quote what they could not read, cut at a length of their own: the longest beginning found goes. */
function maskBeginning(text: string, secret: string): string {
  const beginning = secret.slice(0, MAX_BEGINNING_CHARS);
  let masked = text;
  for (let chars = beginning.length; chars >= MIN_BEGINNING_CHARS; chars -= 1) {
    const cut = beginning.slice(0, chars);
    masked = masked.replaceAll(cut, '***').replaceAll(JSON.stringify(cut).slice(1, -1), '***');
  }
  return masked;
}
