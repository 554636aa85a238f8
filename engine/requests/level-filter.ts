import { createGrouper, type GroupedLines, type Grouper } from '../../shared/grouping/grouper.ts';
import { levelOfGroup } from '../../shared/grouping/level-of-group.ts';
import { lookAt } from '../../shared/grouping/line-look.ts';
import { levelOf } from '../../shared/level/level-of.ts';
import { LEVELS, type Level } from '../../shared/level/words/levels.ts';
import { FLAG_UNTERMINATED } from '../../shared/record/format.ts';
import { type LineGroup, type Run, runIndexOf } from '../../shared/record/lines.ts';
import type { Segment } from '../decode/progress.ts';

/** Tells which lines of one agent are wanted, by the least level that it is to have. */
export interface LevelFilter {
  /**
   * For each segment, and each of its lines from `from` on, 1 if it is wanted. Segments come in the order of their lines;
   * lines that belong together are found within one call.
   */
  readonly wanted: (segments: readonly Segment[]) => readonly Uint8Array[];
}

/** A line, by where it is noted whether it is wanted. */
interface Place {
  readonly wanted: Uint8Array;
  readonly at: number;
  readonly group: LineGroup;
  readonly line: number;
}

/** One stream of one process. */
interface Source {
  readonly grouper: Grouper;
  /** Lines whose group has not ended. */
  open: Place[];
  /** The line of which the next one is a part. */
  begun: Place | undefined;
}

/**
 * A group of lines has one level. One in which none is found is wanted, and so is every crash if errors are: it may stand
 * below a line of the logger's by chance, and what ended a process is not to be lost for it.
 */
export function createLevelFilter(least: Level): LevelFilter {
  const isWanted = (level: Level | undefined): boolean =>
    level === undefined || LEVELS.indexOf(level) <= LEVELS.indexOf(least);
  const sources = createSources(settle);

  function settle(places: readonly Place[], group: GroupedLines): void {
    if (group.isCrash && isWanted('error')) return;
    if (!isWanted(levelOfGroup(places.map(textOf), group))) for (const place of places) leaveOut(place);
  }

  /** Decides on a line, or waits for those that belong to it. */
  function judge(source: Source, place: Place, timeMs: number): void {
    const { group, line } = place;
    const given = group.levels?.[line];
    if (given !== undefined) {
      if (!isWanted(given)) leaveOut(place);
      return;
    }
    const [start, end] = [group.places.startOf(line), group.places.endOf(line)];
    const look = lookAt(group.bytes, start, end);
    if (look.isJson && source.open.length === 0) {
      // Most lines of an agent in production: nothing belongs to it.
      if (!isWanted(levelOf(group.bytes, start, end))) leaveOut(place);
      return;
    }
    source.open.push(place);
    source.grouper.push({ look, bytes: end - start, timeMs });
  }

  function judgeSegment(segment: Segment, parts: Parts): Uint8Array {
    const { group, from, to } = segment;
    const wanted = new Uint8Array(to - from).fill(1);
    const boot = segment.own ? segment.boot : '';
    for (let line = from, at = runIndexOf(group.runs, from); line < to; at += 1) {
      const run = group.runs[at];
      if (run === undefined) break;
      const source = sources.of(`${group.workerId}\n${boot}\n${run.stream}`);
      for (const end = Math.min(to, run.first + run.count); line < end; line += 1) {
        const place: Place = { wanted, at: line - from, group, line };
        const of = source.begun;
        source.begun = isBegun(run, line) ? (of ?? place) : undefined;
        if (of === undefined) judge(source, place, run.timeMs);
        else parts.push([place, of]);
      }
    }
    return wanted;
  }

  return {
    wanted: (segments) => {
      const parts: Parts = [];
      const all = segments.map((segment) => judgeSegment(segment, parts));
      sources.end();
      for (const [part, of] of parts) part.wanted[part.at] = of.wanted[of.at] ?? 1;
      return all;
    },
  };
}

/** Each stream's own, made when it is asked for first. */
function createSources(onGroup: (places: readonly Place[], group: GroupedLines) => void) {
  const sources = new Map<string, Source>();
  return {
    of: (key: string): Source => {
      const known = sources.get(key);
      if (known !== undefined) return known;
      const source: Source = {
        grouper: createGrouper((group) => onGroup(source.open.splice(0, group.lines), group)),
        open: [],
        begun: undefined,
      };
      sources.set(key, source);
      return source;
    },
    end: () => {
      for (const { grouper } of sources.values()) grouper.end();
    },
  };
}

/** Parts of a line that the shipper cut, each with its first. */
type Parts = (readonly [part: Place, of: Place])[];

function leaveOut({ wanted, at }: Place): void {
  wanted[at] = 0;
}

function textOf({ group: { bytes, places }, line }: Place): Buffer {
  return bytes.subarray(places.startOf(line), places.endOf(line));
}

/** The shipper ended the line, of which more comes. */
function isBegun({ flags, first, count }: Run, line: number): boolean {
  return (flags & FLAG_UNTERMINATED) !== 0 && line === first + count - 1;
}
