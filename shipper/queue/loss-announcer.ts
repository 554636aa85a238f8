import type { NumberedLines } from '../batch/record-encoder.ts';

const ANNOUNCE_EVERY_MS = 60_000;
/** What is lost or split in one go is announced in one go. */
const ANNOUNCE_AFTER_MS = 1_000;

export interface LossesOptions {
  /** Announces lines that were dropped since the last time; returns the number of the line that says so. */
  readonly announceDropped: (lines: number, totalLines: number) => number | undefined;
  readonly announceSplit: (lines: number, totalLines: number) => void;
  readonly schedule: (task: () => void, delayMs: number) => () => void;
}

/** Counts lines that were dropped or split and has the sums announced, at most once a minute and at the end. */
export interface Losses {
  /** Lines without numbers are of an earlier shipper. */
  readonly dropped: (lost: NumberedLines | { readonly seq?: undefined; readonly lines: number }) => void;
  /** `total` lines were split since the start. */
  readonly split: (total: number) => void;
  /** Announces what is to be announced for the last time; what is lost later stays unannounced. */
  readonly finish: () => void;
  readonly droppedLines: () => number;
  /** Those of them that were not announced. */
  readonly unannouncedLines: () => number;
}

export function createLosses({ announceDropped, announceSplit, schedule }: LossesOptions): Losses {
  let droppedLines = 0;
  let announcedDropped = 0;
  let splitLines = 0;
  let announcedSplit = 0;
  let pending = false;
  let finished = false;
  let cancel: (() => void) | undefined;
  // An announcement can be dropped too, and its lines are then unannounced again.
  let announcements: { readonly seq: number; readonly lines: number }[] = [];

  const announceNow = (): void => {
    pending = false;
    const dropped = droppedLines - announcedDropped;
    if (dropped > 0) {
      announcedDropped = droppedLines;
      const seq = announceDropped(dropped, droppedLines);
      if (seq !== undefined) announcements.push({ seq, lines: dropped });
    }
    if (splitLines > announcedSplit) {
      announceSplit(splitLines - announcedSplit, splitLines);
      announcedSplit = splitLines;
    }
  };

  const soon = (): void => {
    if (finished) return;
    if (cancel !== undefined) {
      pending = true;
      return;
    }
    cancel = schedule(() => {
      announceNow();
      cancel = schedule(() => {
        cancel = undefined;
        if (pending) soon();
      }, ANNOUNCE_EVERY_MS - ANNOUNCE_AFTER_MS);
    }, ANNOUNCE_AFTER_MS);
  };

  return {
    dropped: ({ seq, lines }) => {
      droppedLines += lines;
      const gone = announcements.filter(
        (one) => seq !== undefined && one.seq >= seq && one.seq < seq + lines,
      );
      for (const one of gone) announcedDropped -= one.lines;
      announcements = announcements.filter((one) => !gone.includes(one));
      soon();
    },
    split: (total) => {
      if (total === splitLines) return;
      splitLines = total;
      soon();
    },
    finish: () => {
      finished = true;
      cancel?.();
      announceNow();
    },
    droppedLines: () => droppedLines,
    unannouncedLines: () => droppedLines - announcedDropped,
  };
}
