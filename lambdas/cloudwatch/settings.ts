import * as z from 'zod';
import type { CommonSettings } from '../../shared/destination/common-settings.ts';
import type { ParseSettings } from '../../shared/destination/contract.ts';
import { minLevel, settingsParser } from '../../shared/settings/parse.ts';
import { DEFAULT_REGION, MANIFEST } from './manifest.ts';

/** Who the service sees: an IAM user's keys, or a role that the function assumes for the agent. */
export type Identity =
  | {
      readonly kind: 'keys';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string | undefined;
    }
  | { readonly kind: 'role'; readonly arn: string };

export interface CloudWatchSettings extends CommonSettings {
  readonly identity: Identity;
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

const common = {
  AWS_REGION: z
    .string()
    .regex(/^[a-z]{2,8}(-[a-z]{2,12}){1,3}-\d{1,2}$/, `must be a region, for example ${DEFAULT_REGION}`)
    .default(DEFAULT_REGION),
  CLOUDWATCH_URL: origin.optional(),
  LOGS_MIN_LEVEL: minLevel.optional(),
};
type CommonValues = z.output<z.ZodObject<typeof common>>;

function settingsOf(identity: Identity, values: CommonValues): CloudWatchSettings {
  const { AWS_REGION: region, CLOUDWATCH_URL: url, LOGS_MIN_LEVEL: level } = values;
  return { identity, region, url: url ?? regionalUrl(region), minLevel: level };
}

const withKeys = z
  .object({
    // IAM's have 16 to 128 characters (API_AccessKey.html there), those of stand-ins and other clouds any number.
    AWS_ACCESS_KEY_ID: z.string().regex(/^\w{1,128}$/, 'must be letters and digits, as AKIA… is'),
    AWS_SECRET_ACCESS_KEY: visible,
    AWS_SESSION_TOKEN: visible.optional(),
    ...common,
  })
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
  .refine(
    ({ AWS_ACCESS_KEY_ID: id, AWS_SESSION_TOKEN: token }) => !id.startsWith('ASIA') || token !== undefined,
    {
      path: ['AWS_ACCESS_KEY_ID'],
      message: 'is a temporary key (ASIA…), which needs AWS_SESSION_TOKEN too',
    },
  )
  .transform((values) =>
    settingsOf(
      {
        kind: 'keys',
        accessKeyId: values.AWS_ACCESS_KEY_ID,
        secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
        sessionToken: values.AWS_SESSION_TOKEN,
      },
      values,
    ),
  );

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns */
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=.@/-]{1,512}$/;
/** Lines must not go out under another identity than the one that was meant. */
const absent = z.undefined({ error: 'does not go with AWS_ROLE_ARN: leave one of them out' }).optional();

const withRole = z
  .object({
    AWS_ROLE_ARN: z.string().regex(ROLE_ARN, 'must be the ARN of a role, arn:aws:iam::<account>:role/<name>'),
    AWS_ACCESS_KEY_ID: absent,
    AWS_SECRET_ACCESS_KEY: absent,
    AWS_SESSION_TOKEN: absent,
    ...common,
  })
  .transform((values) => settingsOf({ kind: 'role', arn: values.AWS_ROLE_ARN }, values));

const parseKeys = settingsParser<CloudWatchSettings>(MANIFEST, withKeys);
const parseRole = settingsParser<CloudWatchSettings>(MANIFEST, withRole);

export const parse: ParseSettings<CloudWatchSettings> = (raw) =>
  (raw['AWS_ROLE_ARN'] ?? '').trim() === '' ? parseKeys(raw) : parseRole(raw);
