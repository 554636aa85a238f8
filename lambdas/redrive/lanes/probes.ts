import { MAX_KEYS } from '../../../shared/parking/bucket.ts';
import { type Folder, noteDelivered, noteFailed } from '../agents/folders.ts';
import { noteOldest } from '../agents/position.ts';
import { type Candidate, candidateOf } from '../agents/walk.ts';
import { MAX_EVENT_BYTES, thatFit } from '../sending/parcels.ts';
import { type Outcome, sendFound, type Work } from '../sending/send.ts';
import { clearTheWay, setAside } from '../sending/set-aside.ts';

/** Tries agents with one object each, all in one event: those whose objects are taken have turns from then on. */
export async function tryAgents(folders: readonly Folder[], work: Work): Promise<void> {
  const { run, agents } = work;
  const answers = await Promise.all(folders.map((folder) => candidateOf(folder, run.bucket)));
  const candidates: Candidate[] = [];
  for (const [i, folder] of folders.entries()) {
    const answer = answers[i];
    if (answer === 'closed') await goOn(folder, work);
    else if (answer === undefined) agents.isEmpty(folder);
    else candidates.push(answer);
  }
  const some = thatFit(candidates, run.maxPayloadBytes ?? MAX_EVENT_BYTES);
  run.giveBack(folders.length - some.length);
  for (const { folder } of candidates.slice(some.length)) agents.waits(folder);
  for (const { folder, listed } of some) {
    if (folder.tried === undefined && folder.gap === undefined) noteOldest(folder, listed.key);
  }
  const outcomes = new Map((await sendFound(some, work)).map((outcome) => [outcome.parcel.folder, outcome]));
  for (const candidate of some) {
    await decide(candidate, outcomes.get(candidate.folder), { ...work, isAlone: some.length === 1 });
  }
}

interface Deciding extends Work {
  readonly isAlone: boolean;
}

async function decide(candidate: Candidate, outcome: Outcome | undefined, work: Deciding): Promise<void> {
  const { run, agents } = work;
  const { folder, listed, isLast } = candidate;
  const nowMs = run.clock.now();
  if (outcome === undefined) {
    // It is gone.
    folder.head = undefined;
    return agents.waits(folder);
  }
  if (outcome.fate.kind === 'untried') return agents.waits(folder);
  const { fate, progress } = outcome;
  if (progress || fate.kind === 'delivered') return taken(candidate, fate.kind === 'delivered', work);
  const { reason } = fate;
  if (reason === 'function-error' && !work.isAlone) {
    folder.alone = true;
    folder.nextMs = nowMs;
    return agents.waits(folder);
  }
  if (reason === 'garbled' && folder.kind === 'parked') {
    await setAside(folder, [listed.key], work);
    folder.head = undefined;
    return agents.waits(folder);
  }
  if (folder.gap !== undefined) folder.gap = { ...folder.gap, low: listed.key };
  else noteFailed(folder, { key: listed.key, reason, isLast }, nowMs);
  agents.waits(folder);
}

/** The agent's service takes its lines. What failed before, and is in front of what was taken, is moved out of the way. */
function taken({ folder, listed, isLast }: Candidate, isWhole: boolean, { agents }: Work): void {
  const { tried, gap } = folder;
  if (folder.kind === 'parked' && (tried !== undefined || gap !== undefined)) {
    folder.gap = { low: gap?.low ?? tried ?? '', high: listed.key };
    folder.nextMs = 0;
    return agents.waits(folder);
  }
  noteDelivered(folder, MAX_KEYS);
  if (folder.kind === 'parked-later') folder.after = listed.key;
  folder.tried = undefined;
  if (isLast && isWhole && folder.kind === 'parked') return agents.isEmpty(folder);
  agents.flows(folder);
}

/** The last object that fails is found, and the one behind it was taken. */
async function goOn(folder: Folder, work: Work): Promise<void> {
  await clearTheWay(folder, folder.gap?.low ?? '', work);
  folder.gap = undefined;
  folder.tried = undefined;
  noteDelivered(folder, MAX_KEYS);
  work.agents.flows(folder);
}
