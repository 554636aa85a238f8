import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Clock } from '../../../shared/base/clock.ts';
import { withinTime } from '../../../shared/base/time-limit.ts';
import { sdkRequestHandler } from '../../../shared/http/sdk-handler.ts';

/** What comes of invoking a destination's function. */
export type Invoked =
  | { readonly kind: 'returned'; readonly value: unknown }
  /** It crashed, or ran out of time or memory, perhaps over what it was given; or that is none that Lambda takes. */
  | { readonly kind: 'function-error' }
  /** It could not be started, or what it did is not known: no fault of what it was given. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly error?: unknown };

/** Invokes a function by name or ARN with JSON, and waits. Never throws. */
export type InvokeFunction = (functionName: string, payload: string, timeoutMs: number) => Promise<Invoked>;

/** Lambda's quota for the payload of a synchronous invocation, 6 MB (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
export const MAX_PAYLOAD_BYTES = 6_291_456;
/** Functions end after 60 s; then the answer has to come back. */
const MAX_INVOCATION_MS = 75_000;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Not JSON, or too much of it (docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, Errors). */
function isOfPayload(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return name === 'InvalidRequestContentException' || name === 'RequestTooLargeException';
}

export interface InvokeOptions {
  readonly region: string | undefined;
  readonly clock: Pick<Clock, 'after'>;
  /** Bounds one invocation; by default for functions of 60 s. */
  readonly maxMs?: number;
}

export function createInvokeFunction(options: InvokeOptions): InvokeFunction {
  const { region, clock, maxMs = MAX_INVOCATION_MS } = options;
  const client = new LambdaClient({
    ...(region === undefined ? {} : { region }),
    // A repeat would run beside the invocation of which the answer was lost.
    maxAttempts: 1,
    requestHandler: sdkRequestHandler(maxMs),
  });
  return async (functionName, payload, timeoutMs) => {
    try {
      const command = new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(payload) });
      const { FunctionError, Payload } = await withinTime(
        { clock, ms: Math.max(1, timeoutMs) },
        (abortSignal) => client.send(command, { abortSignal }),
      );
      if (FunctionError !== undefined) return { kind: 'function-error' };
      return { kind: 'returned', value: parseJson(Buffer.from(Payload ?? []).toString()) };
    } catch (error) {
      if (isOfPayload(error)) return { kind: 'function-error' };
      return { kind: 'unavailable', reason: error instanceof Error ? error.name : 'unknown', error };
    }
  };
}
