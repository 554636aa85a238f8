import * as z from 'zod';
import { type DestinationId, MANIFESTS } from '../registry.ts';

const schema = z.record(z.string(), z.string().min(1));

/** DESTINATION_FUNCTIONS: a JSON object of destination ids and their functions' names or ARNs. Throws a RangeError. */
export function parseFunctions(json: string): ReadonlyMap<DestinationId, string> {
  const example = '{"datadog":"<name or ARN>"}';
  let functions: Readonly<Record<string, string>>;
  try {
    functions = schema.parse(JSON.parse(json));
  } catch {
    throw new RangeError(`[redrive] DESTINATION_FUNCTIONS must be a JSON object such as ${example}.`);
  }
  const known = MANIFESTS.flatMap(({ id }) => {
    const nameOrArn = functions[id];
    return nameOrArn === undefined ? [] : [[id, nameOrArn] as const];
  });
  if (known.length < Object.keys(functions).length) {
    const ids = MANIFESTS.map(({ id }) => id).join(', ');
    throw new RangeError(`[redrive] DESTINATION_FUNCTIONS names a destination that is none of ${ids}.`);
  }
  return new Map(known);
}
