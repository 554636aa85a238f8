import { MAX_KEYS } from '../../../shared/parking/bucket.ts';
import { FIRST_PAGE, type Folder, isPassedThrough, noteDelivered, noteFailed } from '../agents/folders.ts';
import { listOwn, noteOldest } from '../agents/position.ts';
import { MAX_EVENT_BYTES, thatFit } from '../sending/parcels.ts';
import { type Outcome, sendFound, type Work } from '../sending/send.ts';
import { setAside } from '../sending/set-aside.ts';

/** Sends the next page of an agent's objects, and decides when it is the agent's turn again. */
export async function takeTurn(folder: Folder, work: Work): Promise<void> {
  const { run, agents } = work;
  const limit = run.take(isPassedThrough(folder) ? MAX_KEYS : folder.pageSize);
  if (limit === 0) return agents.rests(folder);
  const page = await listOwn(folder, run.bucket, { after: folder.after, limit });
  const found = thatFit(
    page.objects.map((listed) => ({ folder, listed })),
    run.maxPayloadBytes ?? MAX_EVENT_BYTES,
  );
  run.giveBack(limit - found.length);
  const last = found.at(-1)?.listed.key;
  if (last === undefined) return agents.isEmpty(folder);
  noteOldest(folder, found[0]?.listed.key);
  const outcomes = await sendFound(found, work);
  const turn = { outcomes, last, isLast: page.isLast && found.length === page.objects.length };
  if (isPassedThrough(folder)) passOn(folder, turn, agents);
  else await goOn(folder, turn, work);
}

/** What came of a page. */
interface Turn {
  readonly outcomes: readonly Outcome[];
  /** The last key of it. */
  readonly last: string;
  /** Nothing is behind it. */
  readonly isLast: boolean;
}

async function goOn(folder: Folder, turn: Turn, work: Work): Promise<void> {
  const { agents } = work;
  const { outcomes, last, isLast } = turn;
  const dealt = outcomes.filter(({ progress, fate }) => progress || fate.kind === 'delivered').length;
  const moved = await moveAside(folder, outcomes, work);
  if (isLast && dealt + moved === outcomes.length) return agents.isEmpty(folder);
  if (dealt + moved === 0 && outcomes.length > 0) return getStuck(folder, turn, work);
  noteDelivered(folder, MAX_KEYS);
  // What is left of the page comes again with the next one.
  if (dealt < outcomes.length) folder.pageSize = Math.min(folder.pageSize, Math.max(FIRST_PAGE, dealt));
  if (folder.kind === 'parked-later') {
    folder.after = last;
    if (isLast) return agents.rests(folder);
  }
  agents.flows(folder);
}

/** Each object is tried once, whatever came of those before it. */
function passOn(folder: Folder, { outcomes, last, isLast }: Turn, agents: Work['agents']): void {
  for (const { fate } of outcomes) {
    if (fate.kind !== 'left') continue;
    folder.failures += 1;
    folder.reason ??= fate.reason;
  }
  if (outcomes.some(({ fate }) => fate.kind === 'untried')) return agents.flows(folder);
  folder.after = last;
  if (!isLast) return agents.flows(folder);
  if (folder.failures === 0) return agents.isEmpty(folder);
  folder.after = undefined;
  agents.rests(folder);
}

/** What cannot be read, or fails alone while others are delivered, is in the others' way. Returns how many went. */
async function moveAside(folder: Folder, outcomes: readonly Outcome[], work: Work): Promise<number> {
  if (folder.kind !== 'parked') return 0;
  const isDelivered = outcomes.some(({ fate }) => fate.kind === 'delivered');
  const bad = outcomes.filter(({ fate }) => {
    if (fate.kind !== 'left') return false;
    const failedAlone = fate.reason === 'function-error' || fate.reason === 'too-large';
    return fate.reason === 'garbled' || (failedAlone && isDelivered);
  });
  await setAside(
    folder,
    bad.map(({ parcel }) => parcel.key),
    work,
  );
  return bad.length;
}

/** Nothing of a page was taken: what is first in it is tried alone, at once; one that was alone has been. */
function getStuck(folder: Folder, { outcomes, isLast }: Turn, { run, agents }: Work): void {
  const [first] = outcomes;
  if (outcomes.every(({ fate }) => fate.kind === 'untried')) return agents.flows(folder);
  folder.nextMs = run.clock.now();
  if (first?.fate.kind === 'left' && outcomes.length === 1) {
    noteFailed(folder, { key: first.parcel.key, reason: first.fate.reason, isLast }, run.clock.now());
  }
  agents.waits(folder);
}
