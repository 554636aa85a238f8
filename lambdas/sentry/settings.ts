import * as z from 'zod';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import { minLevel, pemCertificates, settingsParser } from '../../shared/settings/parse.ts';
import { MANIFEST } from './manifest.ts';

export interface SentrySettings extends CommonSettings {
  readonly publicKey: string;
  readonly envelopeUrl: string;
}

/** `{scheme}://{public key}[:{secret}]@{host}[:{port}][/{prefix}]/{project id}` */
interface Dsn {
  readonly publicKey: string;
  readonly envelopeUrl: string;
}

/** https://develop.sentry.dev/sdk/foundations/transport/authentication/ ; the secret is obsolete and left out. */
function parseDsn(text: string): Dsn | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const [, prefix, projectId] = /^(.*)\/(\d+)$/.exec(url?.pathname ?? '') ?? [];
  if (url === undefined || prefix === undefined || projectId === undefined) return undefined;
  if (!/^https?:$/.test(url.protocol) || !/^\w+$/.test(url.username)) return undefined;
  return { publicKey: url.username, envelopeUrl: `${url.origin}${prefix}/api/${projectId}/envelope/` };
}

const dsn = z.string().transform((text, context): Dsn => {
  const parsed = parseDsn(text);
  if (parsed !== undefined) return parsed;
  context.addIssue('must be a DSN like https://<public key>@<host>/<project id>');
  return z.NEVER;
});

const schema = z
  .object({
    SENTRY_DSN: dsn,
    LOGS_MIN_LEVEL: minLevel.optional(),
    LOGS_CA: pemCertificates.optional(),
  })
  .transform((raw): SentrySettings => ({ ...raw.SENTRY_DSN, minLevel: raw.LOGS_MIN_LEVEL, ca: raw.LOGS_CA }));

/** Reads a secret's values as Sentry settings. */
export const parse = settingsParser(MANIFEST, schema);
