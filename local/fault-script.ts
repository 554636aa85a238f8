import { z } from 'zod';
import { MANIFESTS } from '../lambdas/registry.ts';
import type { FaultScript } from '../receivers/kit/faults.ts';

const count = z.number().int().min(0).optional();
const place = z.number().int().min(0);
const common = { times: count, after: count };
const answer = {
  status: z.number().int().min(200).max(599),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
};
const rule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('status'), ...answer, ...common }),
  z.strictObject({
    kind: z.literal('accept-then-status'),
    events: z.tuple([place, place]).optional(),
    ...answer,
    ...common,
  }),
  z.strictObject({
    kind: z.literal('status-if'),
    holds: z.array(z.string().min(1)).optional(),
    largerThan: place.optional(),
    ...answer,
    ...common,
  }),
  z.strictObject({ kind: z.literal('hang'), ...common }),
  z.strictObject({ kind: z.literal('delay'), ms: z.number().min(0), ...common }),
  z.strictObject({ kind: z.literal('reset'), when: z.enum(['before', 'after']), ...common }),
  z.strictObject({
    kind: z.literal('fail-records'),
    every: z.union([z.number().int().min(1), z.enum(['first', 'last'])]),
    code: z.string().min(1),
    ...common,
  }),
]);
/** Services that are no destinations, as `--faults` names them. */
export const STAND_INS = ['kinesis', 'secretsmanager', 's3'];

const names = [...STAND_INS, ...MANIFESTS.map(({ id }) => id)];
const script = z.partialRecord(z.enum(names), z.array(rule));

/** Reads a `--faults` file; throws an Error whose message names every mistake. */
export function parseFaultScript(text: string): FaultScript {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const parsed = script.safeParse(raw);
  if (parsed.success) return parsed.data as FaultScript;
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
