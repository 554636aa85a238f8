import { hasEscape, OPENING_BRACE, OPENING_BRACKET, scanItems, stringAt, valueEnd } from './json-scan.ts';

const QUOTE = 0x22;

/** The keys that mean something to us. */
const KEYS = [
  'agent_id',
  'worker_id',
  'stream',
  'timestamp',
  'level',
  'message',
  'log_drain',
  'log_drain_index',
  'messageType',
  'logGroup',
  'logStream',
  'logEvents',
] as const;
type Key = (typeof KEYS)[number];

const PLACES = Object.fromEntries(KEYS.map((key, place) => [key, place])) as Readonly<Record<Key, number>>;
const QUOTED = KEYS.map((key, place) => [place, Buffer.from(`"${key}"`)] as const);
const NOWHERE = -1;

/**
 * Where the values of a JSON object are, of the keys that we know; of a repeated key the last counts, as with JSON.parse.
 * It is used for one object after the other: a record may hold hundreds of thousands.
 */
export class Members {
  /** The object is `[start, end)`. */
  start = 0;
  end = 0;
  private readonly json: Buffer;
  private readonly starts = new Int32Array(KEYS.length);
  private readonly ends = new Int32Array(KEYS.length);

  constructor(json: Buffer) {
    this.json = json;
  }

  /** Reads the object at `at`; false if there is none. */
  read(at: number): boolean {
    if (this.json[at] !== OPENING_BRACE) return false;
    this.starts.fill(NOWHERE);
    this.start = at;
    this.end = scanItems(this.json, at, this.member);
    return this.end !== -1;
  }

  has(key: Key): boolean {
    return this.startOf(key) !== NOWHERE;
  }

  startOf(key: Key): number {
    return this.starts[PLACES[key]] ?? NOWHERE;
  }

  endOf(key: Key): number {
    return this.ends[PLACES[key]] ?? NOWHERE;
  }

  /** Strings, numbers, true, false and null as they are; undefined for all else, and for what is not there. */
  scalar(key: Key): unknown {
    const [start, end] = [this.startOf(key), this.endOf(key)];
    if (start === NOWHERE) return undefined;
    if (this.json[start] === QUOTE) return stringAt(this.json, start, end);
    if (this.json[start] === OPENING_BRACE || this.json[start] === OPENING_BRACKET) return undefined;
    try {
      return JSON.parse(this.json.toString('latin1', start, end));
    } catch {
      return undefined;
    }
  }

  private readonly member = (at: number, keyFrom: number, keyTo: number): number => {
    const end = valueEnd(this.json, at);
    const place = placeOf(this.json, keyFrom, keyTo);
    if (place !== NOWHERE) {
      this.starts[place] = at;
      this.ends[place] = end;
    }
    return end;
  };
}

/** Without making a string of each key. */
function placeOf(json: Buffer, from: number, to: number): number {
  for (const [place, bytes] of QUOTED) {
    if (bytes.length === to - from && isAt(json, from, bytes)) return place;
  }
  if (!hasEscape(json, from, to)) return NOWHERE;
  return (KEYS as readonly (string | undefined)[]).indexOf(stringAt(json, from, to));
}

function isAt(json: Buffer, start: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i += 1) if (json[start + i] !== bytes[i]) return false;
  return true;
}
