import type { Rest } from '../destination/outcome.ts';

/** A setting is wrong: neither another attempt nor a smaller request helps. */
const REFUSED: Readonly<Record<number, string>> = {
  401: 'not-authorized',
  402: 'payment-required',
  403: 'not-authorized',
  404: 'not-found',
  405: 'method-not-allowed',
  407: 'proxy-authentication',
};

/** Statuses below 500 that pass (RFC 9110 sections 15.5.9, RFC 8470, RFC 6585). */
const PASSING: Readonly<Record<number, string>> = {
  408: 'status-408',
  425: 'status-425',
  429: 'throttled',
};

/** What a status means for the request's lines. A 400 names no line, so the bad one is looked for by halving. */
export function restOfStatus(status: number, afterMs?: number): Rest {
  const retry = (reason: string): Rest => ({
    fate: 'retry',
    reason,
    ...(afterMs === undefined ? {} : { afterMs }),
  });
  if (status >= 200 && status < 300) return { fate: 'delivered' };
  if (status >= 300 && status < 400) return { fate: 'misconfigured', reason: 'redirected' };
  const refused = REFUSED[status];
  if (refused !== undefined) return { fate: 'misconfigured', reason: refused };
  const passing = PASSING[status];
  if (passing !== undefined) return retry(passing);
  if (status === 413) return { fate: 'split', reason: 'too-large', tooMuch: true };
  if (status === 501 || (status >= 400 && status < 500)) return { fate: 'split', reason: 'bad-request' };
  return retry(`status-${status}`);
}
