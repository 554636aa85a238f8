import type { FaultRule } from './faults.ts';

/** An answer in place of the service's own; nothing is taken. */
export const status = (
  code: number,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): FaultRule => ({ kind: 'status', status: code, body, headers });

export const statuses = (codes: readonly number[]): readonly FaultRule[] => codes.map((code) => status(code));

/** Words of the service, as JSON. */
export const said = (code: number, words: object): FaultRule => status(code, JSON.stringify(words));

/** Takes events `[from, to)` and answers so. */
export const partly = (events: readonly [number, number], code: number, words: object): FaultRule => ({
  kind: 'accept-then-status',
  events,
  status: code,
  body: JSON.stringify(words),
});

/** Answers that let requests through in between, so that no request is halved down to one line. */
export const spaced = (rules: readonly FaultRule[]): readonly FaultRule[] =>
  rules.map((rule) => ({ ...rule, after: 2 }));

/** Seconds; beyond what an invocation waits for: the rest of the pause is kept by the circuit breaker. */
export const PAUSE_SECONDS = 6;

/** What any service over HTTP may answer, or whatever stands before it. */
export const WAITING = statuses([408, 425, 429, 500, 502, 503, 504, 507, 599]);
export const REFUSING = statuses([401, 402, 403, 404, 405, 407, 301, 302, 303, 307, 308]);
export const SPLITTING = statuses([413, 400, 406, 409, 410, 411, 414, 415, 418, 422, 431, 501]);

const PAGE = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Proxy</body></html>';
const html = (code: number): FaultRule => status(code, PAGE, { 'content-type': 'text/html' });

/** Pages of a proxy. */
export const PAGES: readonly FaultRule[] = [html(200), html(502), html(503), status(200, PAGE)];
