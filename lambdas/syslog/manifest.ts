import type { Manifest } from '../../shared/destination/contract.ts';
import { LOGS_CA, LOGS_MIN_LEVEL } from '../../shared/settings/setting-infos.ts';

/**
 * SYSLOG_MAX_BYTES where it is not set. rsyslog cuts messages at its maxMessageSize, whose default is 8096, though its
 * documentation says 8k (runtime/glbl.c, iMaxLine); what is cut off becomes a message of its own.
 */
export const DEFAULT_MAX_BYTES = 8096;
/**
 * The longest header fits with the longest token or structured data, and it lies between what RFC 5424 section 6.1
 * demands of receivers (480) and advises (2048).
 */
export const MIN_MAX_BYTES = 1024;
export const MAX_MAX_BYTES = 1024 * 1024;

/** Papertrail takes so many a second for each destination (https://www.papertrail.com/?p=2632). */
export const DEFAULT_CONNECTIONS_PER_SECOND = 10;
export const MAX_CONNECTIONS_PER_SECOND = 1_000;

export const MANIFEST = {
  id: 'syslog',
  title: 'Syslog over TLS',
  link: 'https://datatracker.ietf.org/doc/html/rfc5424',
  settings: [
    {
      name: 'SYSLOG_ENDPOINT',
      required: true,
      secret: false,
      about:
        'Host and port of the receiver, for example logs.example.com:6514; always TCP with TLS 1.2 or higher.',
    },
    {
      name: 'SYSLOG_TOKEN',
      required: false,
      secret: true,
      about: 'Prepended to each message, with a space, for receivers that tell accounts apart by it.',
    },
    {
      name: 'SYSLOG_STRUCTURED_DATA',
      required: false,
      secret: true,
      about:
        'Structured data of each message (RFC 5424), for receivers that tell accounts apart by it, such as [TOKEN@41058].',
    },
    {
      name: 'SYSLOG_CLIENT_CERT',
      required: false,
      secret: false,
      about: 'PEM certificate chain shown to receivers that ask for one; needs SYSLOG_CLIENT_KEY.',
    },
    {
      name: 'SYSLOG_CLIENT_KEY',
      required: false,
      secret: true,
      about: 'PEM private key of SYSLOG_CLIENT_CERT, without a passphrase.',
    },
    {
      name: 'SYSLOG_FRAMING',
      required: false,
      secret: false,
      default: 'newline',
      about: 'How messages are told apart: newline, or octet-counted as RFC 5425 has it.',
    },
    {
      name: 'SYSLOG_MAX_BYTES',
      required: false,
      secret: false,
      default: String(DEFAULT_MAX_BYTES),
      about: `Longest message with header, ${MIN_MAX_BYTES} to ${MAX_MAX_BYTES} bytes; longer lines are sent in parts.`,
    },
    {
      name: 'SYSLOG_CONNECTIONS_PER_SECOND',
      required: false,
      secret: false,
      default: String(DEFAULT_CONNECTIONS_PER_SECOND),
      about: `New connections a second that a function makes to the receiver, 1 to ${MAX_CONNECTIONS_PER_SECOND}; each agent has its own.`,
    },
    LOGS_CA,
    { name: 'SYSLOG_CA', required: false, secret: false, about: 'Another name for LOGS_CA.' },
    LOGS_MIN_LEVEL,
  ],
  limits: {
    // A stream has no request: this bounds what one connection carries, and so what a fault sends again.
    maxEvents: 100_000,
    maxBytes: 8 * 1024 * 1024,
    // The upper end; each drain narrows it to SYSLOG_MAX_BYTES.
    maxEventBytes: MAX_MAX_BYTES,
  },
  // RFC 5424 section 6.2.3 sets no bounds to a message's time.
  time: {},
  requestPer: 'agent',
  window: 1,
  maxInFlight: 8,
  // MSG may be empty: RFC 5424 section 6.
  blankLine: 'keep',
} as const satisfies Manifest;
