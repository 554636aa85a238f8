import type { AcceptedEvent } from '../../receivers/kit/receiver.ts';
import type { ServiceView } from '../../receivers/kit/receiver-kind.ts';
import type { LineInParts } from './line-pieces.ts';
import {
  createOutstanding,
  type LinePosition,
  type Outstanding,
  type Stream,
  streamOfPlace,
  UNKNOWN_PLACE,
} from './outstanding.ts';
import { joinParts, type LinePart } from './parts.ts';
import { EMPTY, hashText, joinHashes, keyOf, type TextHash } from './text-hash.ts';

/** A line that was written. */
export interface WrittenLine {
  readonly worker: string;
  readonly stream: Stream;
  readonly text: TextHash;
  readonly place: LinePosition;
}

/** What one service has got of what was written. */
export interface Standing {
  /** Lines written and not accepted so far. */
  readonly lost: number;
  /** Events accepted that are no written line, or one too many. Parts of a line that is not whole are such. */
  readonly duplicates: number;
  /** Lines that came after one that was written later, by stream. */
  readonly disorder: Readonly<Record<Stream, number>>;
}

/** Compares what was written with what one service accepted. */
export interface LineMatcher {
  readonly written: (line: WrittenLine) => void;
  readonly accepted: (event: AcceptedEvent) => void;
  /** The line was sent as these lines: if it has not come as a whole, they are what is to come in its place. */
  readonly inParts: (line: LineInParts) => void;
  /** Not for every moment: looks through everything that does not fit. */
  readonly standing: () => Standing;
}

/** A service may get a line in parts if it is at least this long, in UTF-16 units. */
const LONG = 1000;

/** So many leftover parts are worth a search, again each time that they have doubled. */
const SEARCH_FROM = 4096;

/** A worker's lines, or those of one of its streams where the service tells them apart. */
interface Owner {
  readonly hash: TextHash;
  /** What came and is no line by itself, in order of acceptance. */
  parts: LinePart[];
  /** The last `openParts` of `parts` as one text: perhaps the beginning of a line that is coming in. */
  open: TextHash;
  openParts: number;
  searchAt: number;
  maxLength: number;
  /** Blank events that are no written line; they are never a part of one. */
  surplusBlanks: number;
  readonly last: Readonly<Record<Stream, Last>>;
}

/** The furthest place reached in a stream, and the request that did. */
interface Last {
  place: LinePosition;
  request: number;
}

interface Book {
  readonly view: ServiceView;
  readonly owners: Map<string, Owner>;
  readonly short: Outstanding;
  /** Written minus accepted. A long line stays known, so that a second copy in parts is known as one. */
  readonly long: Map<number, number>;
  readonly disorder: Record<Stream, number>;
}

const SPACE = hashText(' ');

/** A blank line and a single space count as the same: some services do not take blank lines. */
function canonical(text: TextHash): TextHash {
  return text.length === 1 && text.a === SPACE.a && text.b === SPACE.b ? EMPTY : text;
}

function ownerOf({ view, owners }: Book, worker: string, stream: Stream): Owner {
  const name = view.streams ? `${stream} ${worker}` : worker;
  const known = owners.get(name);
  if (known !== undefined) return known;
  const owner: Owner = {
    hash: hashText(name),
    parts: [],
    open: EMPTY,
    openParts: 0,
    searchAt: SEARCH_FROM,
    maxLength: 0,
    surplusBlanks: 0,
    last: { stdout: { place: 0, request: -1 }, stderr: { place: 0, request: -1 } },
  };
  owners.set(name, owner);
  return owner;
}

function closeOpen(owner: Owner): void {
  owner.open = EMPTY;
  owner.openParts = 0;
}

function write(book: Book, { worker, stream, text, place }: WrittenLine): void {
  const owner = ownerOf(book, worker, stream);
  const key = keyOf(owner.hash, canonical(text));
  if (text.length < LONG) {
    book.short.add(key, place);
    return;
  }
  book.long.set(key, (book.long.get(key) ?? 0) + 1);
  owner.maxLength = Math.max(owner.maxLength, text.length);
}

/** Strikes a line off that was written and has not come; false if there is none. */
function withdraw({ short, long }: Book, owner: Owner, text: TextHash): boolean {
  const key = keyOf(owner.hash, canonical(text));
  const count = long.get(key) ?? 0;
  if (count <= 0) return short.take(key) !== undefined;
  if (count > 1) long.set(key, count - 1);
  // Its parts would be taken for it once more.
  else long.delete(key);
  return true;
}

/** What is to come in place of a line is its parts; those that are blank also where the others have come as that line. */
function takeApart(book: Book, { worker, stream, parts }: LineInParts): void {
  const owner = ownerOf(book, worker, stream);
  const whole = parts.reduce(joinHashes, EMPTY);
  const blanks = parts.filter(({ length }) => length === 0);
  const hasOneText = blanks.length >= parts.length - 1;
  const isTaken = hasOneText || book.long.get(keyOf(owner.hash, whole)) === 0;
  if (!isTaken && !withdraw(book, owner, whole)) return;
  const toCome = isTaken ? blanks : parts;
  for (const text of toCome) write(book, { worker, stream, text, place: UNKNOWN_PLACE });
}

function takeLong({ long }: Book, owner: Owner, text: TextHash): boolean {
  const key = keyOf(owner.hash, text);
  const count = long.get(key);
  if (count !== undefined) long.set(key, count - 1);
  return count !== undefined;
}

/** Whether the text is the end of the line that is coming in; then that line is taken. */
function endsOpen(book: Book, owner: Owner, text: TextHash): boolean {
  if (owner.openParts === 0 || !takeLong(book, owner, joinHashes(owner.open, text))) return false;
  owner.parts.length -= owner.openParts;
  closeOpen(owner);
  return true;
}

/** Looks for lines among the leftover parts, and for parts whose line was written only after they came. */
function search(book: Book, owner: Owner): void {
  const blank = keyOf(owner.hash, EMPTY);
  while (owner.surplusBlanks > 0 && book.short.take(blank) !== undefined) owner.surplusBlanks -= 1;
  if (owner.parts.length === 0) return;
  const isLine = (text: TextHash): boolean => book.long.has(keyOf(owner.hash, text));
  const { lines, rest } = joinParts(owner.parts, isLine, owner.maxLength);
  for (const line of lines) takeLong(book, owner, line);
  owner.parts = rest.filter(({ text }) => book.short.take(keyOf(owner.hash, text)) === undefined);
  closeOpen(owner);
}

function keep(book: Book, owner: Owner, part: LinePart): void {
  if (part.text.length === 0) {
    owner.surplusBlanks += 1;
    return;
  }
  owner.parts.push(part);
  owner.open = joinHashes(owner.open, part.text);
  owner.openParts += 1;
  if (owner.open.length > owner.maxLength) closeOpen(owner);
  if (owner.parts.length < owner.searchAt) return;
  search(book, owner);
  owner.searchAt = Math.max(SEARCH_FROM, 2 * owner.parts.length);
}

/** Whether a place lies before one that was reached earlier, as far as the two can be compared. */
function isLate(last: Last, { place, request }: Readonly<Last>, ordered: boolean): boolean {
  const late = place < last.place && (ordered || request === last.request);
  if (!late) last.place = place;
  last.request = request;
  return late;
}

function accept(book: Book, event: AcceptedEvent): void {
  const owner = ownerOf(book, event.worker, event.stream ?? 'stdout');
  const text = canonical(hashText(book.view.decode(event.text)));
  if (endsOpen(book, owner, text)) return;
  const found = book.short.take(keyOf(owner.hash, text));
  if (found !== undefined && found !== UNKNOWN_PLACE) {
    const stream = streamOfPlace(found);
    const here = { place: found, request: event.request };
    if (isLate(owner.last[stream], here, book.view.ordered)) book.disorder[stream] += 1;
  }
  if (found !== undefined || takeLong(book, owner, text)) return;
  keep(book, owner, { text, seq: event.seq, request: event.request });
}

function standingOf(book: Book): Standing {
  let duplicates = 0;
  for (const owner of book.owners.values()) {
    search(book, owner);
    duplicates += owner.parts.length + owner.surplusBlanks;
  }
  let lost = book.short.size();
  for (const count of book.long.values()) {
    lost += Math.max(0, count);
    duplicates += Math.max(0, -count);
  }
  return { lost, duplicates, disorder: { ...book.disorder } };
}

/** Starts a ledger. Its room grows with what is outstanding, with what is too much, and with long lines. */
export function createLineMatcher(view: ServiceView): LineMatcher {
  const book: Book = {
    view,
    owners: new Map(),
    short: createOutstanding(),
    long: new Map(),
    disorder: { stdout: 0, stderr: 0 },
  };
  return {
    written: (line) => write(book, line),
    accepted: (event) => accept(book, event),
    inParts: (line) => takeApart(book, line),
    standing: () => standingOf(book),
  };
}
