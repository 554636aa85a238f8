import { jsonErrorBody } from '../../../local/aws/json-protocol.ts';
import { type HttpServer, startHttpServer } from '../../../local/aws/server.ts';
import { createFaults, type Faults } from '../../../receivers/kit/faults.ts';

/** What a function does with an event: its result, or how it fails. */
export type PlayedFunction = (event: unknown) => Promise<FunctionEnd> | FunctionEnd;
export type FunctionEnd =
  | { readonly value: unknown }
  | { readonly errorType: string }
  /** Refused before it ran. */
  | { readonly refused: string; readonly status: number };

export interface FakeLambda extends HttpServer {
  readonly faults: Faults;
  readonly invocations: { readonly name: string; readonly event: unknown }[];
}

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations/;
const MAPPINGS = '/2015-03-31/event-source-mappings';

export interface FakeLambdaOptions {
  /** By name or ARN, as callers give it. */
  readonly functions: Readonly<Record<string, PlayedFunction>>;
  /** As ListEventSourceMappings tells them. */
  readonly mappings?: readonly Readonly<Record<string, unknown>>[];
}

/** Lambda's Invoke and ListEventSourceMappings for the real SDK. */
export async function startFakeLambda({ functions, mappings = [] }: FakeLambdaOptions): Promise<FakeLambda> {
  const invocations: { name: string; event: unknown }[] = [];
  const faults = createFaults();
  const json = (status: number, value: unknown, headers = {}) => ({
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  });
  const server = await startHttpServer({
    faults,
    errorBody: jsonErrorBody,
    handle: async ({ url, body }) => {
      if (url.startsWith(MAPPINGS)) {
        const name = new URL(url, 'http://x').searchParams.get('FunctionName');
        const found = mappings.filter(
          ({ FunctionArn }) => name === null || String(FunctionArn).endsWith(name),
        );
        return json(200, { EventSourceMappings: found });
      }
      const name = decodeURIComponent(INVOKE.exec(url)?.[1] ?? '');
      const played = functions[name];
      if (played === undefined) {
        const headers = { 'x-amzn-errortype': 'ResourceNotFoundException' };
        return json(404, { Type: 'User', Message: `Function not found: ${name}` }, headers);
      }
      const event: unknown = JSON.parse(body.toString() || '{}');
      invocations.push({ name, event });
      const end = await played(event);
      if ('refused' in end) return json(end.status, { Message: 'no' }, { 'x-amzn-errortype': end.refused });
      if ('value' in end) return json(200, end.value);
      const error = { errorType: end.errorType, errorMessage: 'boom' };
      return json(200, error, { 'x-amz-function-error': 'Unhandled' });
    },
  });
  return { ...server, faults, invocations };
}
