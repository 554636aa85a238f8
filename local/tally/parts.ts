import { joinHashes, type TextHash } from './text-hash.ts';

/** An accepted text that is no line by itself: a part of one, or one too many. */
export interface LinePart {
  readonly text: TextHash;
  /** Line number, where the service has one; parts of a line that was split for the service share it. */
  readonly seq: number | undefined;
  /** Which accepted request held it. */
  readonly request: number;
}

/** What a search came to. */
export interface Joined {
  /** The lines found, whole. */
  readonly lines: readonly TextHash[];
  /** What belongs to none of them. */
  readonly rest: readonly LinePart[];
}

/** Parts that are sure to be in a row: of one line number, out of one request. */
interface Unit {
  readonly text: TextHash;
  readonly parts: readonly LinePart[];
  /** Units of the same place may stand in any order: they were sent side by side. */
  readonly place: number;
  used: boolean;
}

/** A way through units, from its last back to its first. */
interface Way {
  readonly unit: Unit;
  readonly text: TextHash;
  readonly before: Way | undefined;
}

/** So many steps are about a second; hopeless searches among many surplus lines end there. */
const MAX_STEPS = 1_000_000;

/** Only a line's last part is shorter: others nearly fill what a service takes. */
const MIN_PART_LENGTH = 100;

function unitsOf(parts: readonly LinePart[]): Unit[][] {
  const sorted = parts.toSorted((x, y) => (x.seq ?? 0) - (y.seq ?? 0) || x.request - y.request);
  const places: Unit[][] = [];
  let last: LinePart | undefined;
  for (const part of sorted) {
    const place = places.at(-1);
    const unit = place?.at(-1);
    const samePlace = part.seq !== undefined && part.seq === last?.seq;
    last = part;
    if (place === undefined || unit === undefined || !samePlace) {
      places.push([{ text: part.text, parts: [part], place: places.length, used: false }]);
    } else if (unit.parts.at(-1)?.request === part.request) {
      const text = joinHashes(unit.text, part.text);
      place[place.length - 1] = { ...unit, text, parts: [...unit.parts, part] };
    } else {
      place.push({ text: part.text, parts: [part], place: unit.place, used: false });
    }
  }
  return places;
}

function isOn(way: Way, unit: Unit): boolean {
  for (let at: Way | undefined = way; at?.unit.place === unit.place; at = at.before) {
    if (at.unit === unit) return true;
  }
  return false;
}

/** Where a way can go on: the units of the next place, and before them the others of its own. */
function nextUnits(way: Way, places: readonly (readonly Unit[])[]): Unit[] {
  const { place } = way.unit;
  const next = (places[place + 1] ?? []).filter((unit) => !unit.used);
  const own = (places[place] ?? []).filter((unit) => !unit.used && !isOn(way, unit));
  return [...next, ...own];
}

/**
 * Finds lines whose parts came one after another, or, where parts have numbers, with numbers one after
 * another. `isLine` knows the lines by their hash, and none is longer than `maxLength`.
 */
export function joinParts(
  parts: readonly LinePart[],
  isLine: (text: TextHash) => boolean,
  maxLength: number,
): Joined {
  const places = unitsOf(parts);
  const lines: TextHash[] = [];
  let steps = 0;

  function search(start: Unit): Way | undefined {
    const open: Way[] = [{ unit: start, text: start.text, before: undefined }];
    for (let way = open.pop(); way !== undefined && steps < MAX_STEPS; way = open.pop()) {
      steps += 1;
      if (isLine(way.text)) return way;
      if (way.text.length >= maxLength || way.unit.text.length < MIN_PART_LENGTH) continue;
      for (const unit of nextUnits(way, places)) {
        open.push({ unit, text: joinHashes(way.text, unit.text), before: way });
      }
    }
    return undefined;
  }

  for (const start of places.flat()) {
    if (start.used) continue;
    const found = search(start);
    if (found === undefined) continue;
    lines.push(found.text);
    for (let way: Way | undefined = found; way !== undefined; way = way.before) way.unit.used = true;
  }
  const rest = places.flat().flatMap((unit) => (unit.used ? [] : unit.parts));
  return { lines, rest };
}
