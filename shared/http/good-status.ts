import { z } from 'zod';
import type { HttpAnswer } from './connection.ts';

/** Ways in which the services write down an error; none of them has such a member in an answer that means success. */
const error = z.union([
  z.looseObject({ errors: z.array(z.unknown()).min(1) }),
  z.looseObject({ error: z.union([z.string().min(1), z.looseObject({})]) }),
  z.looseObject({ detail: z.string().min(1) }),
]);

/** Answers of services are short; a long one is read no further than to its first character. */
const MAX_CHARS = 4_096;

/**
 * Whether an answer with a good status is no success all the same: a page, which a proxy or a sign-in form has put in the
 * service's place (RFC 8910 calls these captive portals), or an error written under the status.
 */
export function contradictsStatus({ headers, text }: HttpAnswer): boolean {
  const isPage = text.trimStart().startsWith('<') || (saysHtml(headers) && !isServices(text));
  return isPage || saysError(text);
}

function saysHtml(headers: HttpAnswer['headers']): boolean {
  return /^text\/html\b/i.test(headers['content-type'] ?? '');
}

/** Frameworks name HTML where nothing else is said: an answer in JSON is the service's own, and nothing at all is no page. */
function isServices(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function saysError(text: string): boolean {
  if (text.length > MAX_CHARS || !/"(errors?|detail)"/.test(text)) return false;
  try {
    return error.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
