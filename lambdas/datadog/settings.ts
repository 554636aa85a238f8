import * as z from 'zod';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import { baseUrl, headerToken, withPath } from '../../shared/http/setting-schemas.ts';
import { minLevel, pemCertificates, settingsParser } from '../../shared/settings/parse.ts';
import { MANIFEST } from './manifest.ts';

export interface DatadogSettings extends CommonSettings {
  readonly token: string;
  /** Client tokens have an intake of their own and name the source in the query too. */
  readonly isClientToken: boolean;
  readonly url: string;
}

const INTAKE_PATH = '/api/v2/logs';

/** https://docs.datadoghq.com/getting_started/site/ */
const SITES = {
  us1: 'datadoghq.com',
  us3: 'us3.datadoghq.com',
  us5: 'us5.datadoghq.com',
  'us1-fed': 'ddog-gov.com',
  'us2-fed': 'us2.ddog-gov.com',
  eu: 'datadoghq.eu',
  ap1: 'ap1.datadoghq.com',
  ap2: 'ap2.datadoghq.com',
  uk1: 'uk1.datadoghq.com',
} as const;

type Region = keyof typeof SITES;
const REGIONS = Object.keys(SITES) as Region[];

/** A word that may have been meant as a region; anything longer may be a token in the wrong place. */
function given(text: string): string {
  return /^[a-z0-9.-]{1,12}$/.test(text) ? ` (got "${text}")` : '';
}

const region = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(
    z.enum(REGIONS, {
      error: ({ input }) => `must be one of ${REGIONS.join(', ')}${given(String(input))}`,
    }),
  );

/** An API key is 32 hexadecimal digits; whatever else is given, the product asks for a client token. */
const API_KEY = /^[0-9a-f]{32}$/i;

/** Hosts as in endpointBuilder.ts of DataDog/browser-sdk and on the page of the logs API. */
function intakeHost(site: string, isClientToken: boolean): string {
  if (!isClientToken) return `http-intake.logs.${site}`;
  const lastDot = site.lastIndexOf('.');
  return `browser-intake-${site.slice(0, lastDot).replaceAll('.', '-')}${site.slice(lastDot)}`;
}

const schema = z
  .object({
    DATADOG_TOKEN: headerToken,
    DATADOG_REGION: region.default('us1'),
    DATADOG_URL: baseUrl.optional(),
    LOGS_MIN_LEVEL: minLevel.optional(),
    LOGS_CA: pemCertificates.optional(),
  })
  .transform((raw): DatadogSettings => {
    const isClientToken = !API_KEY.test(raw.DATADOG_TOKEN);
    const intake = new URL(`https://${intakeHost(SITES[raw.DATADOG_REGION], isClientToken)}`);
    return {
      token: raw.DATADOG_TOKEN,
      isClientToken,
      url: withPath(raw.DATADOG_URL ?? intake, INTAKE_PATH),
      minLevel: raw.LOGS_MIN_LEVEL,
      ca: raw.LOGS_CA,
    };
  });

/** Reads a secret's values as Datadog settings. */
export const parse = settingsParser(MANIFEST, schema);
