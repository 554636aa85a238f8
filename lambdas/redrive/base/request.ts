import * as z from 'zod';
import { isAgentId } from '../../../shared/record/ids.ts';
import type { DestinationId } from '../../registry.ts';

/** What the function is asked for: nothing in particular by its schedule, more by the command line. */
export interface RedriveRequest {
  /** One destination; else all that are deployed. */
  readonly destination?: DestinationId | undefined;
  /** One agent's objects; batches that Lambda put aside are left out then. */
  readonly agent?: string | undefined;
  /** Only what arrived since, epoch ms. */
  readonly sinceMs?: number | undefined;
  /** What was rejected or could not be read, instead of what is parked. */
  readonly rejected: boolean;
  /** Looks, and touches nothing. */
  readonly dryRun: boolean;
  /** Now, whatever the objects' next times. */
  readonly now: boolean;
  /** With `now`: the start of the run that this one goes on with; what was tried since is not tried again. */
  readonly startedMs?: number | undefined;
  /** Objects that are tried at most. */
  readonly maxObjects?: number | undefined;
}

const request = z.object({
  destination: z.string().optional(),
  agent: z.string().refine(isAgentId, 'must be an agent id').optional(),
  since: z
    .union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
    .optional(),
  rejected: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  now: z.boolean().default(false),
  startedMs: z.number().optional(),
  maxObjects: z.int().min(1).optional(),
});

/** Reads the event. Keys that it does not know, a schedule's own, do not matter. Throws a RangeError for a value it cannot use. */
export function parseRequest(event: unknown, destinations: Iterable<DestinationId>): RedriveRequest {
  const parsed = request.safeParse(event ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new RangeError(`[redrive] The request cannot be read. ${problems.join('; ')}`);
  }
  const { destination, since, ...rest } = parsed.data;
  const known = [...destinations];
  const id = known.find((one) => one === destination);
  if (destination !== undefined && id === undefined) {
    throw new RangeError(`[redrive] destination must be one of ${known.join(', ')}.`);
  }
  return { ...rest, destination: id, sinceMs: since };
}
