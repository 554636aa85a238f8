import { hasEscape, OPENING_BRACE, OPENING_BRACKET, scanItems, stringAt, valueEnd } from './json-scan.ts';

const QUOTE = 0x22;

/** The keys of foreign objects that we read. */
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
 * Where the values of KEYS are in a JSON object; of a repeated key the last one counts, as with JSON.parse. One instance
 * reads one object after the other, since a record may hold hundreds of thousands.
 */
export class Members {
  /** The object's range is `[start, end)`. */
  start = 0;
  end = 0;
  private readonly json: Buffer;
  private readonly starts = new Int32Array(KEYS.length);
  private readonly ends = new Int32Array(KEYS.length);

  constructor(json: Buffer) {
    this.json = json;
  }

  /** Reads the object at `at`; false if there is none. Offsets are in bytes. */
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

  /** The value of `key` if it is a string, number, boolean or null; undefined if it is anything else or missing. */
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

/** Compares bytes: making a string of each key would be slow. */
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
