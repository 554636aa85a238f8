import { createGrouper, type GroupedLines, type Grouper } from '../../shared/grouping/grouper.ts';
import { levelOfGroup } from '../../shared/grouping/level-of-group.ts';
import { lookAt } from '../../shared/grouping/line-look.ts';
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
  const sources = new Map<string, Source>();

  function sourceOf(key: string): Source {
    const known = sources.get(key);
    if (known !== undefined) return known;
    const source: Source = {
      grouper: createGrouper((group) => settle(source.open.splice(0, group.lines), group)),
      open: [],
      begun: undefined,
    };
    sources.set(key, source);
    return source;
  }

  function settle(places: readonly Place[], group: GroupedLines): void {
    if (group.isCrash && isWanted('error')) return;
    if (isWanted(levelOfGroup(places.map(textAt), group))) return;
    for (const { wanted, at } of places) wanted[at] = 0;
  }

  return {
    wanted: (segments) => {
      const parts: (readonly [part: Place, of: Place])[] = [];
      const all = segments.map((segment) => {
        const wanted = new Uint8Array(segment.to - segment.from).fill(1);
        eachLine(segment, (line, run) => {
          const place: Place = { wanted, at: line - segment.from, group: segment.group, line };
          const source = sourceOf(
            `${segment.group.workerId}\n${segment.own ? segment.boot : ''}\n${run.stream}`,
          );
          const of = source.begun;
          source.begun = isBegun(run, line) ? (of ?? place) : undefined;
          const given = segment.group.levels?.[line];
          if (of !== undefined) parts.push([place, of]);
          else if (given === undefined) push(source, place, run.timeMs);
          else if (!isWanted(given)) wanted[place.at] = 0;
        });
        return wanted;
      });
      for (const { grouper } of sources.values()) grouper.end();
      for (const [part, of] of parts) part.wanted[part.at] = of.wanted[of.at] ?? 1;
      return all;
    },
  };
}

function push({ open, grouper }: Source, place: Place, timeMs: number): void {
  const { group, line } = place;
  const [start, end] = [group.places.startOf(line), group.places.endOf(line)];
  open.push(place);
  grouper.push({ look: lookAt(group.bytes, start, end), bytes: end - start, timeMs });
}

function textAt({ group: { bytes, places }, line }: Place): Buffer {
  return bytes.subarray(places.startOf(line), places.endOf(line));
}

/** The shipper ended the line, of which more comes. */
function isBegun({ flags, first, count }: Run, line: number): boolean {
  return (flags & FLAG_UNTERMINATED) !== 0 && line === first + count - 1;
}

function eachLine({ group, from, to }: Segment, visit: (line: number, run: Run) => void): void {
  let place = runIndexOf(group.runs, from);
  for (let line = from; line < to; line += 1) {
    let run = group.runs[place];
    while (run !== undefined && line >= run.first + run.count) {
      place += 1;
      run = group.runs[place];
    }
    if (run !== undefined) visit(line, run);
  }
}
