import { resolve } from 'node:path';
import { startFunction } from '../../local/function/function.ts';
import type { Twin } from '../../local/twin.ts';
import { startFakeLambda } from '../helpers/fake-lambda.ts';

const TIMEOUT_MS = 60_000;

export interface Redrive {
  /** One run, by its schedule unless asked for more; rejects if the function fails. */
  readonly run: (request?: object) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The built redrive function, and Lambda's API for the functions that it invokes. */
export async function startRedrive(
  { drains, environment }: Twin,
  onLine: (line: string) => void,
): Promise<Redrive> {
  const lambda = await startFakeLambda({
    functions: Object.fromEntries(
      drains.map(({ function: hosted }) => [
        hosted.arn,
        async (event: unknown) => {
          const result = await hosted.invoke(event);
          if (result.kind === 'result') return { value: result.value };
          if (result.kind === 'error') return { errorType: result.errorType };
          return { refused: 'TooManyRequestsException', status: 429 };
        },
      ]),
    ),
  });
  const arns = Object.fromEntries(drains.map(({ id, function: hosted }) => [id, hosted.arn]));
  const redrive = startFunction({
    name: 'redrive',
    bundle: resolve('dist', 'lambdas', 'redrive', 'index.mjs'),
    env: {
      ...environment,
      AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
      DESTINATION_FUNCTIONS: JSON.stringify(arns),
    },
    timeoutMs: TIMEOUT_MS,
    onStdout: onLine,
    onStderr: onLine,
  });
  return {
    run: async (request = {}) => {
      const result = await redrive.invoke(request);
      if (result.kind !== 'result') throw new Error(`redrive ended with ${JSON.stringify(result)}`);
    },
    close: async () => {
      await redrive.close();
      await lambda.close();
    },
  };
}
