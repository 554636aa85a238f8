import { resolve } from 'node:path';
import type { DestinationId } from '../../lambdas/registry.ts';
import { type HostedFunction, startFunction } from '../../local/function/function.ts';
import type { FunctionOptions } from '../../local/function/options.ts';
import { startFakeLambda } from './aws/fake-lambda.ts';

const TIMEOUT_MS = 60_000;

export interface LocalRedriveOptions extends Pick<FunctionOptions, 'env' | 'onStdout' | 'onStderr'> {
  /** The functions that it invokes. */
  readonly drains: readonly { readonly id: DestinationId; readonly function: HostedFunction }[];
}

export type LocalRedrive = Pick<HostedFunction, 'invoke' | 'close'>;

/** The built redrive function, and Lambda's API for the functions that it invokes. */
export async function startLocalRedrive({
  drains,
  env,
  onStdout,
  onStderr,
}: LocalRedriveOptions): Promise<LocalRedrive> {
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
    env: { ...env, AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint, DESTINATION_FUNCTIONS: JSON.stringify(arns) },
    timeoutMs: TIMEOUT_MS,
    onStdout,
    onStderr,
  });
  return {
    invoke: redrive.invoke,
    close: async () => {
      await redrive.close();
      await lambda.close();
    },
  };
}
