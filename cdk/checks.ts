import { Token } from 'aws-cdk-lib';
import { z } from 'zod';
import { isNetwork } from '../shared/settings/networks.ts';

/** A string that may also be a value known only at deployment, as another construct's ARN is. */
function arn(pattern: RegExp, expected: string) {
  return z.string().refine((value) => Token.isUnresolved(value) || pattern.test(value), {
    error: ({ input }) => `must be ${expected} (got ${JSON.stringify(input)})`,
  });
}

export const streamArn = arn(
  /^arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/[A-Za-z0-9_.-]{1,128}$/,
  'the ARN of a Kinesis stream, arn:aws:kinesis:<region>:<account>:stream/<name>',
);
export const keyArn = arn(
  /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
  'the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>',
);
export const topicArn = arn(
  /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
  'the ARN of an SNS topic, arn:aws:sns:<region>:<account>:<name>',
);

export const roleArn = arn(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=.@/-]{1,512}$/,
  'the ARN of an IAM role, arn:aws:iam::<account>:role/<name>',
);

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** One of `values`; the message lists them. */
export function oneOf<const V extends string | number>(values: readonly V[]) {
  return z.literal(values, {
    error: ({ input }) => `must be one of ${values.join(', ')} (got ${JSON.stringify(input)})`,
  });
}

/** A string that `pattern` matches. */
export function text(pattern: RegExp, expected: string) {
  const error = `must be ${expected}`;
  return z.string({ error }).regex(pattern, { error });
}

export const cidr = z.string().refine(isNetwork, {
  error: ({ input }) => `must be a network such as 10.20.0.0/16 (got ${JSON.stringify(input)})`,
});

/** An ISO 8601 time with its zone. */
export const time = z.iso.datetime({
  offset: true,
  error: 'must be a time with its zone, such as 2026-01-31T12:00:00Z',
});

/** A rule that spans keys. It must stand values of any type, since it runs whatever else is wrong. */
export interface CrossCheck {
  /** The key that the message is about. */
  readonly key: string;
  readonly holds: (config: Readonly<Record<string, unknown>>) => boolean;
  readonly error: string;
}

/** Adds rules that run even when keys are wrong, so that one error lists all mistakes. */
export function withCrossChecks<S extends z.ZodType>(schema: S, checks: readonly CrossCheck[]): S {
  let checked = schema;
  for (const { key, holds, error } of checks) {
    checked = checked.refine((value) => holds(value as Record<string, unknown>), {
      when: ({ value }) => typeof value === 'object' && value !== null,
      path: key === '' ? [] : [key],
      error,
    });
  }
  return checked;
}
