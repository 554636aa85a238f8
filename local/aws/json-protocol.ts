/** AWS JSON 1.1 over HTTP: the operation in `X-Amz-Target`, JSON both ways, errors named by `__type`. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { FaultAction } from '../../receivers/kit/faults.ts';
import type { HttpResponse } from './http-message.ts';
import type { Handle } from './server.ts';

/** An answer that a service gives on purpose: thrown by operations, sent to the client. */
export class ServiceError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = 'ServiceError';
    this.type = type;
    this.status = status;
  }
}

/** One operation: parsed JSON in, JSON-able value out (undefined: an empty body). */
type Operation = (input: unknown, fault: FaultAction | undefined) => unknown;
export type Operations = Readonly<Record<string, Operation>>;

/** Checks an operation's input; a ValidationException names what is wrong with it, never its value. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `Value at '${path.join('.')}' failed to satisfy constraint: ${message}`,
  );
  throw new ServiceError(
    'ValidationException',
    `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.join('; ')}`,
  );
}

/** Serves the operations of one service, by the names after the dot in `X-Amz-Target`. */
export function jsonService(targetPrefix: string, operations: Operations): Handle {
  return async ({ headers, body }, fault) => {
    try {
      const [prefix, name = ''] = (headers['x-amz-target'] ?? '').split('.');
      const operation = prefix === targetPrefix ? operations[name] : undefined;
      if (operation === undefined)
        throw new ServiceError('UnknownOperationException', `no operation ${name}`);
      return jsonResponse(200, await operation(parseBody(body), fault));
    } catch (error) {
      if (error instanceof ServiceError) return jsonError(error);
      throw error;
    }
  };
}

const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailable',
};

/** What a JSON service says with a status, for faults that give no body. */
export function jsonErrorBody(status: number): HttpResponse {
  const type = TYPE_BY_STATUS[status] ?? (status < 500 ? 'ClientError' : 'InternalFailure');
  return jsonError(new ServiceError(type, `a fault that was asked for (${status})`, status));
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('SerializationException', 'the body is not JSON');
  }
}

function jsonError({ type, message, status }: ServiceError): HttpResponse {
  return jsonResponse(status, { __type: type, message });
}

function jsonResponse(status: number, value: unknown): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
    body: value === undefined ? '' : JSON.stringify(value),
  };
}
