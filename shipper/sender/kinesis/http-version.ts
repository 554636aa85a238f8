import type { Clock } from '../../../shared/base/clock.ts';

/** An endpoint that did not speak HTTP/2 may have learnt it after this long. */
const HTTP1_FOR_MS = 600_000;

/** Origins that speak HTTP/1.1 alone, as far as is known. */
export interface HttpVersions {
  readonly isHttp1: (origin: string) => boolean;
  /** HTTP/1.1 is all that it speaks, for the next ten minutes. */
  readonly setHttp1: (origin: string) => void;
  /** It may be another server by now. */
  readonly forget: (origin: string) => void;
}

export function createHttpVersions(clock: Pick<Clock, 'monotonic'>): HttpVersions {
  const untilMs = new Map<string, number>();
  return {
    isHttp1: (origin) => (untilMs.get(origin) ?? Number.NEGATIVE_INFINITY) > clock.monotonic(),
    setHttp1: (origin) => void untilMs.set(origin, clock.monotonic() + HTTP1_FOR_MS),
    forget: (origin) => void untilMs.delete(origin),
  };
}

/** For services that are known not to speak HTTP/2. */
export const ALWAYS_HTTP1: HttpVersions = { isHttp1: () => true, setHttp1: () => {}, forget: () => {} };

/** The request never came to a server, or to none that can be trusted, so its version is not in question. */
const NO_SERVER = /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$|CERT|SIGN|UNABLE_TO/;

/** Whether a request by HTTP/2 may have failed because the server does not speak it. */
export function isVersionInDoubt(error: unknown): boolean {
  return !NO_SERVER.test(codeOf(error));
}

/** Whether a request by HTTP/1.1 failed as it does with a server that does not speak it, or has just gone. */
export function isHttp1InDoubt(error: unknown): boolean {
  return /^(HPE_\w+|ECONNRESET|EPIPE)$|APPLICATION_PROTOCOL/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const root = error.cause instanceof Error ? error.cause : error;
  return 'code' in root && typeof root.code === 'string' ? root.code : root.name;
}
