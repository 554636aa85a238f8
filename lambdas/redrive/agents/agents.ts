import { type Folder, type FolderKind, isPassedThrough, newFolder } from './folders.ts';

/** The folders of a run by what is to be done with them. One that was taken is given back in one of four ways. */
export interface Agents {
  /** There are objects in it, perhaps new ones; what is known of it stays. */
  readonly found: (kind: FolderKind, agentId: string) => void;
  /** Known from an earlier run. */
  readonly remembered: (folder: Folder) => void;
  /** Up to so many that are due for one object each, those first that have waited longest. */
  readonly takeDue: (nowMs: number, max: number) => readonly Folder[];
  /** The next one in turn of those whose objects get delivered. */
  readonly takeFlowing: () => Folder | undefined;
  /** When the next one falls due, epoch ms; Infinity if none does. */
  readonly nextDueMs: () => number;
  readonly flows: (folder: Folder) => void;
  /** Until its `nextMs`. */
  readonly waits: (folder: Folder) => void;
  /** For this run nothing more is done with it. */
  readonly rests: (folder: Folder) => void;
  readonly isEmpty: (folder: Folder) => void;
  /** Work on them broke off: those that were not given back by then are. */
  readonly recover: (folders: readonly Folder[]) => void;
  readonly all: () => Iterable<Folder>;
}

export interface AgentsOptions {
  readonly destination: string;
  /** Called with each folder that is new. */
  readonly prepare: (folder: Folder) => void;
}

/** Where folders are that are not done with: each in one place. */
function createPlaces() {
  const waiting = new Set<Folder>();
  /** In turn. */
  const flowing: Folder[] = [];
  const busy = new Set<Folder>();
  return {
    waiting,
    isBusy: (folder: Folder) => busy.has(folder),
    nextFlowing: () => flowing.shift(),
    take: (folder: Folder) => {
      waiting.delete(folder);
      busy.add(folder);
    },
    waits: (folder: Folder) => {
      busy.delete(folder);
      waiting.add(folder);
    },
    flows: (folder: Folder) => {
      busy.delete(folder);
      flowing.push(folder);
    },
    leaves: (folder: Folder) => void busy.delete(folder),
  };
}

export function createAgents({ destination, prepare }: AgentsOptions): Agents {
  const folders = new Map<string, Folder>();
  const { waiting, isBusy, nextFlowing, take, waits, flows, leaves } = createPlaces();
  /** Objects came while it was busy, which may not have been seen. */
  const again = new Set<Folder>();

  const enter = (folder: Folder): void => {
    prepare(folder);
    folders.set(folder.prefix, folder);
    (isPassedThrough(folder) ? flows : waits)(folder);
  };
  /** What failed alone before is looked at only while nothing younger of its agent is due. */
  const mayBeTried = ({ kind, agentId }: Folder): boolean =>
    kind !== 'parked-later' || !folders.has(newFolder('parked', destination, agentId).prefix);

  return {
    found: (kind, agentId) => {
      const folder = newFolder(kind, destination, agentId);
      const known = folders.get(folder.prefix);
      if (known === undefined) enter(folder);
      else if (isBusy(known)) again.add(known);
    },
    remembered: enter,
    takeDue: (nowMs, max) => {
      const taken = firstOf(
        [...waiting].filter((one) => one.nextMs <= nowMs && mayBeTried(one)),
        max,
      );
      taken.forEach(take);
      return taken;
    },
    takeFlowing: () => {
      const folder = nextFlowing();
      if (folder !== undefined) take(folder);
      return folder;
    },
    nextDueMs: () =>
      [...waiting].reduce((ms, one) => (one.nextMs < ms && mayBeTried(one) ? one.nextMs : ms), Infinity),
    flows,
    waits,
    rests: leaves,
    isEmpty: (folder) => {
      if (again.delete(folder)) return flows(folder);
      leaves(folder);
      folders.delete(folder.prefix);
    },
    recover: (broken) => {
      for (const folder of broken) if (isBusy(folder)) (isPassedThrough(folder) ? flows : waits)(folder);
    },
    all: () => folders.values(),
  };
}

/** Those that have waited longest; one that goes alone goes alone. */
function firstOf(due: Folder[], max: number): readonly Folder[] {
  due.sort((a, b) => a.nextMs - b.nextMs || a.triedMs - b.triedMs);
  const [first] = due;
  return first?.alone === true ? [first] : due.filter(({ alone }) => !alone).slice(0, max);
}
