import type { Clock, Timer } from '../../shared/base/clock.ts';
import type { NumberedLines } from '../batch/record-encoder.ts';

const ANNOUNCE_EVERY_MS = 60_000;
/** Losses that follow each other quickly are announced together. */
const ANNOUNCE_AFTER_MS = 1_000;

export interface LossAnnouncerOptions {
  /** Announces lines that were dropped since the last time; returns the number of the line that says so. */
  readonly announceDropped: (lines: number, totalLines: number) => number | undefined;
  readonly announceSplit: (lines: number, totalLines: number) => void;
  readonly clock: Pick<Clock, 'after'>;
}

/** Counts lines that were dropped or split and has the sums announced, at most once a minute and at the end. */
export interface LossAnnouncer {
  /** Lines without `seq` are from an earlier shipper. */
  readonly addDropped: (lost: NumberedLines | { readonly seq?: undefined; readonly lines: number }) => void;
  /** `total`: lines that were split since the start. */
  readonly setSplitTotal: (total: number) => void;
  /** Makes the last announcement; what is lost later stays unannounced. */
  readonly finish: () => void;
  readonly droppedLines: () => number;
  /** Those of them that were not announced. */
  readonly unannouncedLines: () => number;
}

export function createLossAnnouncer({
  announceDropped,
  announceSplit,
  clock,
}: LossAnnouncerOptions): LossAnnouncer {
  let droppedLines = 0;
  let announcedDropped = 0;
  let splitLines = 0;
  let announcedSplit = 0;
  let pending = false;
  let finished = false;
  let timer: Timer | undefined;
  const announcements = createAnnouncements();

  const announceNow = (): void => {
    pending = false;
    const dropped = droppedLines - announcedDropped;
    if (dropped > 0) {
      announcedDropped = droppedLines;
      const seq = announceDropped(dropped, droppedLines);
      if (seq !== undefined) announcements.add(seq, dropped);
    }
    if (splitLines > announcedSplit) {
      announceSplit(splitLines - announcedSplit, splitLines);
      announcedSplit = splitLines;
    }
  };

  const announceSoon = (): void => {
    if (finished) return;
    if (timer !== undefined) {
      pending = true;
      return;
    }
    timer = clock.after(ANNOUNCE_AFTER_MS, () => {
      announceNow();
      timer = clock.after(ANNOUNCE_EVERY_MS - ANNOUNCE_AFTER_MS, () => {
        timer = undefined;
        if (pending) announceSoon();
      });
    });
  };

  return {
    addDropped: ({ seq, lines }) => {
      droppedLines += lines;
      if (seq !== undefined) announcedDropped -= announcements.remove(seq, lines);
      announceSoon();
    },
    setSplitTotal: (total) => {
      if (total === splitLines) return;
      splitLines = total;
      announceSoon();
    },
    finish: () => {
      finished = true;
      timer?.cancel();
      announceNow();
    },
    droppedLines: () => droppedLines,
    unannouncedLines: () => droppedLines - announcedDropped,
  };
}

/** The lines that announced losses. They can be dropped too; what they announced is then announced again. */
interface Announcements {
  /** The line `seq` announced that `lines` lines were dropped. */
  readonly add: (seq: number, lines: number) => void;
  /** Forgets the announcements in a range of lines; returns how many dropped lines they had announced. */
  readonly remove: (seq: number, lines: number) => number;
}

function createAnnouncements(): Announcements {
  const announced = new Map<number, number>();
  return {
    add: (seq, lines) => void announced.set(seq, lines),
    remove: (from, count) => {
      let sum = 0;
      for (const [seq, lines] of announced) {
        if (seq < from || seq >= from + count) continue;
        sum += lines;
        announced.delete(seq);
      }
      return sum;
    },
  };
}
