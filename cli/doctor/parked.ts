import { ageText, counted, sizeText } from '../base/output.ts';
import { KINDS, type Kind } from '../parked/kinds.ts';
import {
  type AsideObject,
  asideObjects,
  type FailingAgent,
  failingAgents,
  MAX_LISTED,
} from '../parked/objects.ts';
import type { Finding } from './finding.ts';

interface Heap {
  readonly kind: Kind;
  readonly destination: string | undefined;
  objects: number;
  bytes: number;
  oldestMs: number;
}

const WORDS: Readonly<Record<Kind, string>> = {
  parked: 'not delivered',
  expired: 'put aside by Lambda',
  rejected: 'rejected for good',
  unreadable: 'cannot be read',
};

export interface ParkingLook {
  readonly bucket: string;
  /** Ids of the destinations that there are functions for. */
  readonly deployed: readonly string[];
  readonly nowMs: number;
}

/** What is in the parking bucket. */
export async function lookAtParked({ bucket, deployed, nowMs }: ParkingLook): Promise<readonly Finding[]> {
  const heaps = new Map<string, Heap>();
  for await (const object of asideObjects(bucket, { kinds: KINDS })) add(heaps, object);
  if (heaps.size === 0) return [{ about: 'parked', state: 'good', says: 'nothing is parked' }];
  return Promise.all(
    [...heaps.values()].map(async (heap) => {
      const { kind, destination } = heap;
      if (kind !== 'parked' || destination === undefined) return findingOf(heap, nowMs);
      if (!deployed.includes(destination)) return notDeployed(heap, nowMs);
      return findingOf(heap, nowMs, reasonsOf(await failingAgents(bucket, destination)));
    }),
  );
}

function add(heaps: Map<string, Heap>, { kind, destination, bytes, arrivedMs }: AsideObject): void {
  const name = `${kind}/${destination ?? ''}`;
  const heap = heaps.get(name) ?? { kind, destination, objects: 0, bytes: 0, oldestMs: Infinity };
  heap.objects += 1;
  heap.bytes += bytes;
  heap.oldestMs = Math.min(heap.oldestMs, arrivedMs);
  heaps.set(name, heap);
}

/** What redrive last failed with, by how many agents. */
function reasonsOf(agents: readonly FailingAgent[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of agents) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  if (counts.size === 0) return '';
  const parts = [...counts].map(([reason, count]) => `${reason} (${counted(count, 'agent')})`);
  return `; redrive fails with ${parts.join(', ')}`;
}

function amountOf({ objects, bytes, oldestMs }: Heap, nowMs: number): string {
  const atLeast = objects >= MAX_LISTED ? 'at least ' : '';
  return `${atLeast}${counted(objects, 'object')}, ${sizeText(bytes)}, the oldest ${ageText(nowMs - oldestMs)} old`;
}

function notDeployed(heap: Heap, nowMs: number): Finding {
  const { destination = '', kind } = heap;
  const next = `Deploy ${destination} again with cdk deploy, and redrive sends them; or remove them from the bucket.`;
  const says = `${WORDS[kind]}, and ${destination} is not deployed: ${amountOf(heap, nowMs)}`;
  return { about: `${destination} parked`, state: 'bad', says, next };
}

function findingOf(heap: Heap, nowMs: number, reasons = ''): Finding {
  const { kind, destination = '' } = heap;
  const amount = `${amountOf(heap, nowMs)}${reasons}`;
  const about = `${destination} ${kind}`.trim();
  const show = 'log-drain parked list and log-drain parked show tell why';
  const only = destination === '' ? '' : ` --destination ${destination}`;
  const says = `${WORDS[kind]}: ${amount}`;
  if (kind === 'parked' || kind === 'expired') {
    return { about, state: 'bad', says, next: `${show}; fix that, then log-drain redrive${only}.` };
  }
  return { about, state: 'note', says, next: `${show}; log-drain redrive --rejected${only} tries again.` };
}
