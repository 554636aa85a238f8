import * as z from 'zod';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import type { ParseSettings } from '../../shared/destination/contract.ts';
import { baseUrl, headerToken } from '../../shared/http/setting-schemas.ts';
import { minLevel, pemCertificates, settingsParser } from '../../shared/settings/parse.ts';
import { MANIFEST } from './manifest.ts';

export interface SplunkSettings extends CommonSettings {
  readonly token: string;
  readonly url: string;
  /** The token's own index if undefined. */
  readonly index: string | undefined;
  readonly sourcetype: string;
  readonly source: string;
}

const COLLECTOR = '/services/collector';

/** The collector's event endpoint below a base URL that may name it, or an alias of it, already. */
function eventUrl(base: URL): string {
  const path = base.pathname.replace(/\/+$/, '');
  const at = path.lastIndexOf(COLLECTOR);
  return `${base.origin}${at < 0 ? path : path.slice(0, at)}${COLLECTOR}/event`;
}

/** Goes with every line: a long one would make each of them cost as much. */
const place = z
  .string()
  .regex(/^\P{Cc}{1,256}$/u, 'must be at most 256 characters, without control characters');

const schema = z
  .object({
    LOGS_ENABLE_SPLUNK: z.literal('1', 'must be 1 (on) or 0 (off)'),
    SPLUNK_HEC_TOKEN: headerToken,
    SPLUNK_HEC_URL: baseUrl,
    SPLUNK_INDEX: place.optional(),
    SPLUNK_SOURCETYPE: place.default('_json'),
    SPLUNK_SOURCE: place.default('livekit:cloud-agents'),
    LOGS_MIN_LEVEL: minLevel.optional(),
    LOGS_CA: pemCertificates.optional(),
    SPLUNK_CA: pemCertificates.optional(),
  })
  .transform(
    (raw): SplunkSettings => ({
      token: raw.SPLUNK_HEC_TOKEN,
      url: eventUrl(raw.SPLUNK_HEC_URL),
      index: raw.SPLUNK_INDEX,
      sourcetype: raw.SPLUNK_SOURCETYPE,
      source: raw.SPLUNK_SOURCE,
      minLevel: raw.LOGS_MIN_LEVEL,
      ca: [raw.LOGS_CA, raw.SPLUNK_CA].filter((pem) => pem !== undefined).join('\n') || undefined,
    }),
  );

const parseEnabled = settingsParser(MANIFEST, schema);

/** Values that switch it off. Any other but 1 may be meant as on: then lines are parked, not skipped. */
const OFF = ['', '0'];

/** Reads a secret's values as Splunk settings, unless LOGS_ENABLE_SPLUNK is 0 or missing. */
export const parse: ParseSettings<SplunkSettings> = (raw) =>
  OFF.includes((raw['LOGS_ENABLE_SPLUNK'] ?? '').trim())
    ? { kind: 'off', why: 'LOGS_ENABLE_SPLUNK is not 1' }
    : parseEnabled(raw);
