import { z } from 'zod';
import type { ParseSettings } from '../../shared/delivery/destination.ts';
import { minLevel, settingsParser } from '../../shared/settings/parse.ts';
import type { Settings } from '../../shared/settings/settings.ts';
import { DEFAULT_REGION, MANIFEST } from './manifest.ts';

export interface CloudWatchSettings extends Settings {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  readonly region: string;
  /** An origin: scheme, host and port. */
  readonly url: URL;
}

/** Domains of the partitions, by region; all others are under amazonaws.com. */
const DOMAINS: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
  [/^us-iso-/, 'c2s.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'cloud.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov'],
];

/** The public endpoint of a region: https://docs.aws.amazon.com/general/latest/gr/cwl_region.html */
function regionalUrl(region: string): URL {
  const domain = DOMAINS.find(([regions]) => regions.test(region))?.[1] ?? 'amazonaws.com';
  return new URL(`https://logs.${region}.${domain}`);
}

function originOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['https:', 'http:'].includes(url.protocol)) return undefined;
  return url.href === `${url.origin}/` ? url : undefined;
}

const origin = z.string().transform((text, context) => {
  const url = originOf(text);
  if (url !== undefined) return url;
  context.addIssue({
    code: 'custom',
    message: 'must be a URL of scheme, host and port only, for example https://logs.us-west-2.amazonaws.com',
  });
  return z.NEVER;
});

const visible = z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

const schema = z
  .object({
    // IAM's have 16 to 128 characters (API_AccessKey.html there), those of stand-ins and other clouds any number.
    AWS_ACCESS_KEY_ID: z.string().regex(/^\w{1,128}$/, 'must be letters and digits, as AKIA… is'),
    AWS_SECRET_ACCESS_KEY: visible,
    AWS_SESSION_TOKEN: visible.optional(),
    AWS_REGION: z
      .string()
      .regex(/^[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}$/, `must be a region, for example ${DEFAULT_REGION}`)
      .default(DEFAULT_REGION),
    CLOUDWATCH_URL: origin.optional(),
    LOGS_MIN_LEVEL: minLevel.optional(),
  })
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
  .refine(
    ({ AWS_ACCESS_KEY_ID: id, AWS_SESSION_TOKEN: token }) => !id.startsWith('ASIA') || token !== undefined,
    {
      path: ['AWS_ACCESS_KEY_ID'],
      message: 'is a temporary key (ASIA…), which needs AWS_SESSION_TOKEN too',
    },
  )
  .transform(
    (values): CloudWatchSettings => ({
      accessKeyId: values.AWS_ACCESS_KEY_ID,
      secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
      sessionToken: values.AWS_SESSION_TOKEN,
      region: values.AWS_REGION,
      url: values.CLOUDWATCH_URL ?? regionalUrl(values.AWS_REGION),
      minLevel: values.LOGS_MIN_LEVEL,
    }),
  );

const parseKnown = settingsParser<CloudWatchSettings>(MANIFEST, schema);

const NO_ROLES = 'AWS_ROLE_ARN is not supported in this version: remove it and give the keys of an IAM user';

/** A role is refused, not ignored: lines would go out under another identity than the one asked for. */
export const parse: ParseSettings<CloudWatchSettings> = (raw) => {
  const parsed = parseKnown(raw);
  if ((raw['AWS_ROLE_ARN'] ?? '').trim() === '') return parsed;
  return { kind: 'bad', problems: [...(parsed.kind === 'bad' ? parsed.problems : []), NO_ROLES] };
};
