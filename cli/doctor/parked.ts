import { ageText, counted, sizeText } from '../base/output.ts';
import { KINDS, type Kind } from '../parked/kinds.ts';
import { type AsideObject, asideObjects } from '../parked/objects.ts';
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

/** What is in the parking bucket. */
export async function lookAtParked(bucket: string, nowMs: number): Promise<readonly Finding[]> {
  const heaps = new Map<string, Heap>();
  for await (const object of asideObjects(bucket, { kinds: KINDS })) add(heaps, object);
  if (heaps.size === 0) return [{ about: 'parked', state: 'good', says: 'nothing is parked' }];
  return [...heaps.values()].map((heap) => findingOf(heap, nowMs));
}

function add(heaps: Map<string, Heap>, { kind, destination, bytes, arrivedMs }: AsideObject): void {
  const name = `${kind}/${destination ?? ''}`;
  const heap = heaps.get(name) ?? { kind, destination, objects: 0, bytes: 0, oldestMs: Infinity };
  heap.objects += 1;
  heap.bytes += bytes;
  heap.oldestMs = Math.min(heap.oldestMs, arrivedMs);
  heaps.set(name, heap);
}

function findingOf({ kind, destination = '', objects, bytes, oldestMs }: Heap, nowMs: number): Finding {
  const amount = `${counted(objects, 'object')}, ${sizeText(bytes)}, the oldest ${ageText(nowMs - oldestMs)} old`;
  const about = `${destination} ${kind}`.trim();
  const show = 'log-drain parked list and log-drain parked show tell why';
  const only = destination === '' ? '' : ` --destination ${destination}`;
  const says = `${WORDS[kind]}: ${amount}`;
  if (kind === 'parked' || kind === 'expired') {
    return { about, state: 'bad', says, next: `${show}; fix that, then log-drain redrive${only}.` };
  }
  return { about, state: 'note', says, next: `${show}; log-drain redrive --rejected${only} tries again.` };
}
