import type { Rest } from '../destination/outcome.ts';

/** Reason codes of faults that pass, by the error's code or name; everything here is tried again. */
const PASSING: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  ECONNABORTED: 'connection-reset',
  EPIPE: 'connection-reset',
  UND_ERR_SOCKET: 'connection-reset',
  ERR_SSL_UNEXPECTED_EOF_WHILE_READING: 'connection-reset',
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: 'connection-reset',
  // TLS alert 80 speaks of trouble at the server (RFC 8446 section 6.2).
  ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR: 'connection-reset',
  ENOTFOUND: 'dns-failed',
  ENODATA: 'dns-failed',
  ESERVFAIL: 'dns-failed',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ETIMEDOUT: 'connect-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  HTTPParserError: 'not-http',
  PROXY_REFUSED: 'proxy-refused',
  UND_ERR_ABORTED: 'timeout',
  ABORT_ERR: 'timeout',
  AbortError: 'timeout',
  TimeoutError: 'timeout',
};

/** Verification errors, which Node names after OpenSSL's: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /CERT|CRL|_CA$|SELF_SIGNED|UNABLE_TO_|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED/;
const NAME = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_TLS_CERT_ALTNAME_FORMAT', 'HOSTNAME_MISMATCH']);
/** Alerts in which the server speaks of our certificate, or of the lack of one (RFC 8446 section 6.2). */
const CLIENT_CERTIFICATE = /^ERR_SSL_.*_ALERT_.*(CERTIFICATE|UNKNOWN_CA)/;
const PROTOCOL = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/;

function restOfCode(code: string): Rest | undefined {
  const passing = PASSING[code] ?? (code.startsWith('EAI_') ? 'dns-failed' : undefined);
  if (passing !== undefined) return { fate: 'retry', reason: passing };
  if (code === 'ADDRESS_REFUSED') return { fate: 'misconfigured', reason: 'address-not-allowed' };
  if (NAME.has(code)) return { fate: 'misconfigured', reason: 'tls-name' };
  if (CLIENT_CERTIFICATE.test(code)) return { fate: 'misconfigured', reason: 'tls-client-certificate' };
  if (PROTOCOL.test(code)) return { fate: 'misconfigured', reason: 'tls-protocol' };
  if (CERTIFICATE.test(code)) return { fate: 'misconfigured', reason: 'tls-certificate' };
  return undefined;
}

/** Codes and names of an error, its causes and its parts, the innermost first. */
function codesOf(error: unknown, seen = new Set<unknown>()): readonly string[] {
  if (!(error instanceof Error) || seen.has(error)) return [];
  seen.add(error);
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  const inner = [error.cause, ...parts].flatMap((part) => codesOf(part, seen));
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return [...inner, ...code, error.name];
}

/** What an error of DNS, TCP, TLS or HTTP means for the request's lines: the one place that judges them. */
export function restOfFault(error: unknown): Rest {
  const judged = codesOf(error).map(restOfCode);
  const refused = judged.find((rest) => rest?.fate === 'misconfigured');
  return refused ?? judged.find((rest) => rest !== undefined) ?? { fate: 'retry', reason: 'network-error' };
}
