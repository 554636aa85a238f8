import * as z from 'zod';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import { baseUrl, headerToken, withPath } from '../../shared/http/setting-schemas.ts';
import { minLevel, pemCertificates, settingsParser } from '../../shared/settings/parse.ts';
import { MANIFEST } from './manifest.ts';

export interface NewRelicSettings extends CommonSettings {
  readonly licenseKey: string;
  readonly url: string;
}

const LOG_PATH = '/log/v1';
const US = 'https://log-api.newrelic.com';

/** https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/#endpoint */
const OTHER_REGIONS: Readonly<Record<string, string>> = {
  eu: 'https://log-api.eu.newrelic.com',
  jp: 'https://log-api.jp.nr-data.net',
  gov: 'https://gov-log-api.newrelic.com',
};

/** Keys of other regions begin with their name, a number and x (eu01xx…); those of the US are hexadecimal. */
function hostOfKey(licenseKey: string): string {
  const region = /^([a-z]{2,3})\d{2}x/i.exec(licenseKey)?.[1]?.toLowerCase() ?? '';
  return OTHER_REGIONS[region] ?? US;
}

const schema = z
  .object({
    NEW_RELIC_LICENSE_KEY: headerToken,
    NEW_RELIC_URL: baseUrl.optional(),
    LOGS_MIN_LEVEL: minLevel.optional(),
    LOGS_CA: pemCertificates.optional(),
  })
  .transform((raw): NewRelicSettings => {
    const base = raw.NEW_RELIC_URL ?? new URL(hostOfKey(raw.NEW_RELIC_LICENSE_KEY));
    return {
      licenseKey: raw.NEW_RELIC_LICENSE_KEY,
      url: withPath(base, LOG_PATH),
      minLevel: raw.LOGS_MIN_LEVEL,
      ca: raw.LOGS_CA,
    };
  });

/** Reads a secret's values as New Relic settings. */
export const parse = settingsParser(MANIFEST, schema);
