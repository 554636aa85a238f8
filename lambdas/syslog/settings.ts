import { isIPv6 } from 'node:net';
import { createSecureContext } from 'node:tls';
import * as z from 'zod';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import type { ParseSettings } from '../../shared/destination/contract.ts';
import { minLevel, pemCertificates, settingsParser } from '../../shared/settings/parse.ts';
import {
  DEFAULT_CONNECTIONS_PER_SECOND,
  DEFAULT_MAX_BYTES,
  MANIFEST,
  MAX_CONNECTIONS_PER_SECOND,
  MAX_MAX_BYTES,
  MIN_MAX_BYTES,
} from './manifest.ts';
import { readStructuredData } from './structured-data.ts';

export type Framing = 'newline' | 'octet-counted';

export interface SyslogSettings extends CommonSettings {
  /** A name or an IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Before each message. */
  readonly token: string | undefined;
  /** STRUCTURED-DATA of each message: elements in their brackets, or `-`. */
  readonly structuredData: string;
  readonly framing: Framing;
  /** Of one frame, header and terminator included. */
  readonly maxBytes: number;
  readonly connectionsPerSecond: number;
  /** PEM. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

const HOST_AND_PORT = /^(?:\[([^\]]*)\]|([^:/@[\]\s]+)):(\d{1,5})$/;
const HOST_NAME =
  /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;

function endpointOf(text: string): { host: string; port: number } | undefined {
  const [, v6, name, digits] = HOST_AND_PORT.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= 65_535)) return undefined;
  if (v6 !== undefined) return isIPv6(v6) && !v6.includes('%') ? { host: v6, port } : undefined;
  if (name === undefined || name.length > 253 || !HOST_NAME.test(name)) return undefined;
  return { host: name.toLowerCase(), port };
}

const endpoint = z.string().transform((text, context) => {
  const found = endpointOf(text);
  if (found !== undefined) return found;
  context.addIssue({
    code: 'custom',
    message:
      'must be host:port, for example logs.example.com:6514 or [2001:db8::1]:6514, without scheme, user or path',
  });
  return z.NEVER;
});

/** Longest token, so that it always fits below MIN_MAX_BYTES together with the header. */
const MAX_TOKEN = 512;

const wholeNumber = (what: string, least: number, most: number) =>
  z
    .string()
    .transform((text) => (/^\d+$/.test(text) ? Number(text) : Number.NaN))
    .refine((number) => number >= least && number <= most, {
      message: `must be a whole number of ${what} from ${least} to ${most}`,
    });

const structuredData = z.string().transform((text, context) => {
  const found = readStructuredData(text);
  if (typeof found !== 'string') return found;
  const message = `must be structured data like [TOKEN@41058] or [logdna@48950 key="KEY"]; ${found}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const privateKey = z.string().transform((text) => text.replaceAll('\\n', '\n'));

function keyFits(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}

const raw = z.object({
  SYSLOG_ENDPOINT: endpoint,
  SYSLOG_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .max(MAX_TOKEN, `must be at most ${MAX_TOKEN} characters`)
    .optional(),
  SYSLOG_STRUCTURED_DATA: structuredData.optional(),
  SYSLOG_CLIENT_CERT: pemCertificates.optional(),
  SYSLOG_CLIENT_KEY: privateKey.optional(),
  SYSLOG_FRAMING: z.enum(['newline', 'octet-counted'], 'must be newline or octet-counted').default('newline'),
  SYSLOG_MAX_BYTES: wholeNumber('bytes', MIN_MAX_BYTES, MAX_MAX_BYTES).default(DEFAULT_MAX_BYTES),
  SYSLOG_CONNECTIONS_PER_SECOND: wholeNumber('connections', 1, MAX_CONNECTIONS_PER_SECOND).default(
    DEFAULT_CONNECTIONS_PER_SECOND,
  ),
  LOGS_CA: pemCertificates.optional(),
  SYSLOG_CA: pemCertificates.optional(),
  LOGS_MIN_LEVEL: minLevel.optional(),
});
type Raw = z.output<typeof raw>;

/** The setting to change, and why. */
type Conflict = readonly [keyof Raw, string];

function accountConflicts(values: Raw): readonly Conflict[] {
  const { SYSLOG_TOKEN: token, SYSLOG_STRUCTURED_DATA: data, SYSLOG_FRAMING: framing } = values;
  if (token === undefined) return [];
  const found: Conflict[] = [];
  // Receivers that tell the framings apart by themselves take a leading digit for a length (RFC 6587 section 3.4.1).
  if (framing === 'newline' && /^\d/.test(token)) {
    const why =
      'must not begin with a digit, which many receivers take for a length: set SYSLOG_FRAMING=octet-counted if yours takes that, else have a token made that begins with a letter';
    found.push(['SYSLOG_TOKEN', why]);
  }
  if (data !== undefined) {
    const why =
      'must not be set together with SYSLOG_TOKEN, behind which no receiver finds it: leave out the one that the provider does not ask for';
    found.push(['SYSLOG_STRUCTURED_DATA', why]);
  }
  return found;
}

function certificateConflicts(values: Raw): readonly Conflict[] {
  const { SYSLOG_CLIENT_CERT: cert, SYSLOG_CLIENT_KEY: key } = values;
  if (cert === undefined)
    return key === undefined ? [] : [['SYSLOG_CLIENT_KEY', 'needs SYSLOG_CLIENT_CERT too']];
  if (key === undefined) return [['SYSLOG_CLIENT_CERT', 'needs SYSLOG_CLIENT_KEY too']];
  const why = 'must be the PEM private key of SYSLOG_CLIENT_CERT, without a passphrase';
  return keyFits(cert, key) ? [] : [['SYSLOG_CLIENT_KEY', why]];
}

/** What is wrong with settings that are right one by one. */
const conflictsOf = (values: Raw): readonly Conflict[] => [
  ...accountConflicts(values),
  ...certificateConflicts(values),
];

const schema = raw.transform((values, context): SyslogSettings => {
  const conflicts = conflictsOf(values);
  for (const [name, message] of conflicts) context.addIssue({ code: 'custom', path: [name], message });
  if (conflicts.length > 0) return z.NEVER;
  const { SYSLOG_CLIENT_CERT: cert, SYSLOG_CLIENT_KEY: key, SYSLOG_STRUCTURED_DATA: data } = values;
  const authorities = [values.LOGS_CA, values.SYSLOG_CA].filter((pem) => pem !== undefined);
  return {
    ...values.SYSLOG_ENDPOINT,
    token: values.SYSLOG_TOKEN,
    structuredData: data?.text ?? '-',
    framing: values.SYSLOG_FRAMING,
    maxBytes: values.SYSLOG_MAX_BYTES,
    connectionsPerSecond: values.SYSLOG_CONNECTIONS_PER_SECOND,
    client: cert === undefined || key === undefined ? undefined : { cert, key },
    ca: authorities.length === 0 ? undefined : authorities.join('\n'),
    minLevel: values.LOGS_MIN_LEVEL,
    secretParts: data?.secrets,
    warnings: data?.warnings.map((words) => `SYSLOG_STRUCTURED_DATA ${words}`),
  };
});

export const parse: ParseSettings<SyslogSettings> = settingsParser<SyslogSettings>(MANIFEST, schema);
