import { begin, belongs, type Group, isFrameOf, isWhole, mayHaveBlankInside, take } from './group.ts';
import { CRASHES, type GroupKind } from './kinds.ts';
import type { LineLook } from './line-look.ts';

/** Lines that belong together: so many of those that were pushed, from the first that was not told yet. */
export interface GroupedLines {
  readonly lines: number;
  readonly kind: GroupKind;
  /** A crash that nobody handled, or an exception that a logger was given. */
  readonly isCrash: boolean;
}

export interface GroupedLine {
  readonly look: LineLook;
  readonly bytes: number;
  /** Epoch ms. */
  readonly timeMs: number;
}

/** Finds out which lines of one stream of one process belong together. */
export interface Grouper {
  /** Takes the next line, and hands on the groups that have ended by it. */
  readonly push: (line: GroupedLine) => void;
  /** Hands on what is open: nothing more comes, or not soon. */
  readonly end: () => void;
}

/** Beyond, a new group begins. */
const MAX_BYTES = 256 * 1024;
const MAX_LINES = 500;
/** What belongs together is written together. */
const MAX_GAP_MS = 300;
const MAX_LENGTH_MS = 1_000;

const BLANK = { lines: 1, kind: 'plain', isCrash: false } as const;

/** How much a group holds, and since when. */
function createExtent() {
  let bytes = 0;
  let firstMs = 0;
  let lastMs = 0;
  return {
    begin: (timeMs: number) => {
      bytes = 0;
      firstMs = timeMs;
    },
    add: (line: GroupedLine) => {
      bytes += line.bytes;
      lastMs = line.timeMs;
    },
    isBeyondWith: (line: GroupedLine) =>
      bytes + line.bytes > MAX_BYTES ||
      Math.abs(line.timeMs - lastMs) > MAX_GAP_MS ||
      Math.abs(line.timeMs - firstMs) > MAX_LENGTH_MS,
  };
}

/** The group that is open, and the lines of which it is not known yet whether they are inside it. */
function createOpenGroup(onGroup: (group: GroupedLines) => void) {
  let group: Group | undefined;
  /** Blank lines after the group: inside it if it goes on. */
  let blanks = 0;
  /** It belongs to the group if the next line is a frame. */
  let waiting: LineLook | undefined;

  function close(): void {
    if (group !== undefined)
      onGroup({ lines: group.lines, kind: group.kind, isCrash: CRASHES.has(group.kind) });
    group = undefined;
    for (; blanks > 0; blanks -= 1) onGroup(BLANK);
  }

  function open(look: LineLook): void {
    close();
    group = begin(look);
    if (isWhole(group, look)) close();
  }

  function settleWaiting(next: LineLook | undefined): void {
    const look = waiting;
    waiting = undefined;
    if (look === undefined || group === undefined) return;
    if (next !== undefined && isFrameOf(group, next)) take(group, look);
    else open(look);
  }

  function placeBlank(): void {
    if (group !== undefined && mayHaveBlankInside(group, blanks)) {
      blanks += 1;
      return;
    }
    close();
    onGroup(BLANK);
  }

  return {
    current: () => group,
    lines: () => (group?.lines ?? 0) + blanks + (waiting === undefined ? 0 : 1),
    end: () => {
      settleWaiting(undefined);
      close();
    },
    place: (look: LineLook) => {
      settleWaiting(look);
      if (look.isBlank) {
        placeBlank();
        return;
      }
      const answer = group === undefined ? 'no' : belongs(group, look);
      const isWaiting = answer === 'if-frame-follows' && blanks === 0;
      if (isWaiting) waiting = look;
      else if (group === undefined || answer !== 'yes') open(look);
      else {
        group.lines += blanks;
        blanks = 0;
        take(group, look);
        if (isWhole(group, look)) close();
      }
    },
  };
}

export function createGrouper(onGroup: (group: GroupedLines) => void): Grouper {
  const open = createOpenGroup(onGroup);
  const extent = createExtent();
  return {
    end: open.end,
    push: (line) => {
      const before = open.current();
      if (before !== undefined && (open.lines() >= MAX_LINES || extent.isBeyondWith(line))) open.end();
      open.place(line.look);
      if (open.current() !== before) extent.begin(line.timeMs);
      extent.add(line);
    },
  };
}
