import { describe, expect, it } from 'vitest';
import { AddressRefusedError } from '../../shared/http/address-guard.ts';
import { restOfFault } from '../../shared/http/fault.ts';

function coded(code: string, cause?: unknown): Error {
  return Object.assign(new Error('words that do not matter', { cause }), { code });
}

describe('restOfFault', () => {
  it.each([
    ['ECONNREFUSED', 'connection-refused'],
    ['ECONNRESET', 'connection-reset'],
    ['EPIPE', 'connection-reset'],
    ['UND_ERR_SOCKET', 'connection-reset'],
    ['ERR_SSL_UNEXPECTED_EOF_WHILE_READING', 'connection-reset'],
    ['ENOTFOUND', 'dns-failed'],
    ['EAI_AGAIN', 'dns-failed'],
    ['EHOSTUNREACH', 'unreachable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout'],
    ['PROXY_REFUSED', 'proxy-refused'],
    ['HTTPParserError', 'not-http'],
    ['SOMETHING_NEW', 'network-error'],
  ])('tries again after %s: %s', (code, reason) => {
    expect(restOfFault(coded(code))).toEqual({ fate: 'retry', reason });
  });

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-certificate'],
    ['CERT_HAS_EXPIRED', 'tls-certificate'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls-certificate'],
    ['INVALID_CA', 'tls-certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-name'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'tls-protocol'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls-protocol'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-protocol'],
    ['EPROTO', 'tls-protocol'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls-client-certificate'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'tls-client-certificate'],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'tls-client-certificate'],
  ])('refuses after %s: %s', (code, reason) => {
    expect(restOfFault(coded(code))).toEqual({ fate: 'misconfigured', reason });
  });

  it('looks into causes', () => {
    const error = new TypeError('failed', { cause: coded('OUTER', coded('ECONNREFUSED')) });

    expect(restOfFault(error)).toEqual({ fate: 'retry', reason: 'connection-refused' });
  });

  it('looks into the attempts of one connection, and a refusal among them decides', () => {
    const attempts = [coded('ETIMEDOUT'), new AddressRefusedError('10.0.0.1')];

    expect(restOfFault(new AggregateError(attempts))).toEqual({
      fate: 'misconfigured',
      reason: 'address-not-allowed',
    });
  });

  it('takes an abort for a timeout', () => {
    expect(restOfFault(AbortSignal.abort().reason)).toEqual({ fate: 'retry', reason: 'timeout' });
  });

  it('survives errors that are their own cause', () => {
    const error = coded('EPIPE');
    error.cause = error;

    expect(restOfFault(error)).toEqual({ fate: 'retry', reason: 'connection-reset' });
  });

  it.each([undefined, null, 'text', 42, {}])('tries again after something that is no error: %s', (thrown) => {
    expect(restOfFault(thrown)).toEqual({ fate: 'retry', reason: 'network-error' });
  });
});
