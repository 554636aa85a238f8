import * as z from 'zod';
import { type Outcome, outcome, type Rest } from '../../shared/destination/outcome.ts';
import { restOfFault } from '../../shared/http/fault.ts';
import { restOfStatus } from '../../shared/http/rest-of-status.ts';
import { AssumeRoleError } from './assumed-role.ts';

/** A 200 that is none of the service's: without a body, which it always sends, or with an error in it. */
export class BadAnswerError extends Error {
  readonly $metadata = { httpStatusCode: 200 };

  constructor() {
    super('the answer is empty, or an error under a good status');
    this.name = 'BadAnswerError';
  }
}

const retry = (reason: string): Rest => ({ fate: 'retry', reason });
const misconfigured = (reason: string): Rest => ({ fate: 'misconfigured', reason });

type Judged = readonly [rest: Rest, ...names: readonly string[]];

/**
 * By error name: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html#API_PutLogEvents_Errors
 * and CommonErrors.html beside it. Names of other services of the same protocol are there for what stands in between.
 */
const JUDGED: readonly Judged[] = [
  // Still missing right after it was made.
  [retry('not-ready'), 'ResourceNotFoundException'],
  [retry('conflict'), 'OperationAbortedException'],
  [retry('sequence-token'), 'InvalidSequenceTokenException'],
  [{ fate: 'delivered' }, 'DataAlreadyAcceptedException'],
  [retry('throttled'), 'ThrottlingException', 'Throttling', 'ThrottledException', 'RequestThrottled'],
  [
    retry('throttled'),
    'RequestThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'SlowDown',
  ],
  [retry('unavailable'), 'ServiceUnavailableException', 'ServiceUnavailable'],
  [retry('internal-failure'), 'InternalFailure', 'InternalServerError'],
  [misconfigured('limit-exceeded'), 'LimitExceededException'],
  [misconfigured('not-authorized'), 'UnrecognizedClientException', 'InvalidClientTokenId'],
  [misconfigured('not-authorized'), 'MissingAuthenticationToken', 'MissingAuthenticationTokenException'],
  [misconfigured('access-denied'), 'AccessDeniedException', 'AccessDenied', 'NotAuthorized', 'OptInRequired'],
  [misconfigured('token-expired'), 'ExpiredTokenException', 'ExpiredToken'],
  [misconfigured('bad-signature'), 'InvalidSignatureException', 'SignatureDoesNotMatch'],
  [misconfigured('bad-signature'), 'IncompleteSignature', 'IncompleteSignatureException'],
  [misconfigured('clock-skew'), 'RequestExpired', 'RequestTimeTooSkewed'],
];
const BY_NAME = new Map(JUDGED.flatMap(([rest, ...names]) => names.map((name) => [name, rest] as const)));

/** Signatures that a wrong clock may have spoilt. */
const SKEWED = new Set([
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestExpired',
  'RequestTimeTooSkewed',
]);

/** An InvalidParameterException names no event; halving the request cures all of these. */
const WRONG_PARAMETERS: readonly (readonly [RegExp, Rest])[] = [
  [/^Log event too large/i, { fate: 'split', reason: 'event-too-large' }],
  [/^Upload too large/i, { fate: 'split', reason: 'too-large', tooMuch: true }],
  [/span more than/i, { fate: 'split', reason: 'span-too-long', tooMuch: true }],
  [/chronological order/i, { fate: 'split', reason: 'not-in-order' }],
];

interface SdkError {
  readonly name: string;
  readonly message: string;
  /** Undefined: no answer came. */
  readonly status: number | undefined;
  /** The SDK has taken over the service's clock, and signs the next request by it. */
  readonly skewCorrected: boolean;
  /** The answer, if it could not be read as one of the service's. */
  readonly body: string | undefined;
}

const sdkErrorShape = z.object({
  $metadata: z
    .object({ httpStatusCode: z.number().optional(), clockSkewCorrected: z.boolean().optional() })
    .optional(),
  $responseBodyText: z.string().optional(),
});

function readSdkError(error: unknown): SdkError {
  const known = error instanceof Error ? error : new Error(String(error));
  const { data } = sdkErrorShape.safeParse(known);
  return {
    name: known.name,
    message: known.message,
    status: data?.$metadata?.httpStatusCode,
    skewCorrected: data?.$metadata?.clockSkewCorrected === true,
    body: data?.$responseBodyText,
  };
}

function restOfAnswer({ name, message, skewCorrected }: SdkError, status: number): Rest {
  if (status >= 200 && status < 300) return retry('bad-answer');
  if (skewCorrected && SKEWED.has(name)) return retry('clock-skew');
  if (name === 'InvalidParameterException') {
    const known = WRONG_PARAMETERS.find(([words]) => words.test(message));
    return known?.[1] ?? { fate: 'split', reason: 'bad-request' };
  }
  return BY_NAME.get(name) ?? restOfStatus(status);
}

/** Whether the service says that the log group or stream is not there. */
export function isMissing(error: unknown): boolean {
  return readSdkError(error).name === 'ResourceNotFoundException';
}

/** Whether another has made the log group or stream before. */
export function isAlreadyThere(error: unknown): boolean {
  return readSdkError(error).name === 'ResourceAlreadyExistsException';
}

/** What an error of a call means for the request's lines. */
export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof AssumeRoleError) return outcome(error.rest, error.message);
  const known = readSdkError(error);
  const { name, message, status, body } = known;
  if (status === undefined) return outcome(restOfFault(error), message);
  return outcome(restOfAnswer(known, status), `${status} ${body ?? `${name}: ${message}`}`);
}
