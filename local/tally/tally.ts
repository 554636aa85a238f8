import type { DestinationId } from '../../lambdas/registry.ts';
import type { AcceptedEvent } from '../../receivers/kit/receiver.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { createHistogram, type Histogram } from './histogram.ts';
import { createLineMatcher, type LineMatcher, type Standing, type WrittenLine } from './line-matcher.ts';
import { createLinePieces, type LinePiece } from './line-pieces.ts';
import { createLineSplitter, type LineSplitter } from './line-splitter.ts';
import { placeOf, type Stream, UNKNOWN_PLACE } from './outstanding.ts';
import { EMPTY, hashOn, hashText } from './text-hash.ts';

/** What one destination got, in lines; latencies from event time to acceptance. */
export interface DestinationTally extends Standing {
  readonly delivered: number;
  readonly latency_ms: { readonly p50: number; readonly p99: number };
}

export interface TallyResult {
  /** What the agents wrote; a line that was sent in parts counts once. `events` are the shipper's own. */
  readonly lines: { readonly stdout: number; readonly stderr: number; readonly events: number };
  readonly destinations: Readonly<Partial<Record<DestinationId, DestinationTally>>>;
}

/** Compares, as multisets, what agents wrote with what services accepted. Keeps hashes, never text. */
export interface Tally {
  /** The agent's own bytes, as they came from its stdout or stderr. */
  readonly output: (worker: string, stream: Stream, chunk: Uint8Array) => void;
  /** The worker writes no more: lines without an end are lines now. */
  readonly end: (worker: string) => void;
  /** A line that the shipper wrote itself, on stderr. */
  readonly event: (worker: string, text: string) => void;
  /** What a record tells of lines that are sent in parts: such a line's parts are lost or delivered one by one. */
  readonly piece: (piece: LinePiece) => void;
  readonly accepted: (id: DestinationId, event: AcceptedEvent) => void;
  /** A line that was put aside for the service, to be sent again: not delivered, and not lost. */
  readonly setAside: (id: DestinationId, line: SetAsideLine) => void;
  /** Events accepted so far; cheap, for a live view. */
  readonly delivered: (id: DestinationId) => number;
  /** To be asked for at the end: what is still on its way counts as lost. */
  readonly result: () => TallyResult;
}

/** A line, or a part of a split one, as it stands in a record. */
export interface SetAsideLine {
  readonly agent: string;
  readonly worker: string;
  readonly stream: Stream;
  readonly text: string;
  readonly seq: number;
}

interface Account {
  readonly ledger: LineMatcher;
  readonly latency: Histogram;
  delivered: number;
}

/** Starts a tally for the destinations whose acceptance can be seen. */
export function createTally(ids: readonly DestinationId[]): Tally {
  const accounts = new Map<DestinationId, Account>(
    ids.map((id) => [
      id,
      { ledger: createLineMatcher(RECEIVERS[id].view), latency: createHistogram(), delivered: 0 },
    ]),
  );
  const lines = { stdout: 0, stderr: 0, events: 0 };
  const pieces = createLinePieces();

  function written(line: WrittenLine): void {
    for (const { ledger } of accounts.values()) ledger.written(line);
  }
  const splittersOf = createSplitters((line) => {
    lines[line.stream] += 1;
    written(line);
  });
  return {
    output: (worker, stream, chunk) => splittersOf(worker)[stream].push(chunk),
    end: (worker) => {
      splittersOf(worker).stdout.end();
      splittersOf(worker).stderr.end();
    },
    event: (worker, text) => {
      lines.events += 1;
      written({ worker, stream: 'stderr', text: hashText(text), place: UNKNOWN_PLACE });
    },
    accepted: (id, event) => {
      const account = accounts.get(id);
      if (account === undefined) return;
      account.delivered += 1;
      if (event.timeMs !== undefined) account.latency.add(event.acceptedMs - event.timeMs);
      account.ledger.accepted(event);
    },
    setAside: (id, line) => {
      const text = RECEIVERS[id].view.encode(line.text);
      const unseen = { event: undefined, request: -1, timeMs: undefined, acceptedMs: 0 };
      accounts.get(id)?.ledger.accepted({ ...line, ...unseen, text });
    },
    piece: pieces.add,
    delivered: (id) => accounts.get(id)?.delivered ?? 0,
    result: () => {
      for (const line of pieces.take()) {
        for (const { ledger } of accounts.values()) ledger.inParts(line);
      }
      return { lines: { ...lines }, destinations: Object.fromEntries([...accounts].map(tallyOf)) };
    },
  };
}

/** The splitters of a worker, made when they are asked for first. */
function createSplitters(
  onLine: (line: WrittenLine) => void,
): (worker: string) => Readonly<Record<Stream, LineSplitter>> {
  const workers = new Map<string, Readonly<Record<Stream, LineSplitter>>>();
  function splitterFor(worker: string, stream: Stream): LineSplitter {
    let text = EMPTY;
    let number = 0;
    return createLineSplitter({
      piece: (piece) => {
        text = hashOn(text, piece);
      },
      line: () => {
        number += 1;
        onLine({ worker, stream, text, place: placeOf(stream, number) });
        text = EMPTY;
      },
    });
  }
  return (worker) => {
    const known = workers.get(worker);
    if (known !== undefined) return known;
    const made = { stdout: splitterFor(worker, 'stdout'), stderr: splitterFor(worker, 'stderr') };
    workers.set(worker, made);
    return made;
  };
}

function tallyOf([id, { ledger, latency, delivered }]: readonly [DestinationId, Account]): readonly [
  DestinationId,
  DestinationTally,
] {
  const latencyMs = { p50: latency.quantile(0.5), p99: latency.quantile(0.99) };
  return [id, { delivered, ...ledger.standing(), latency_ms: latencyMs }];
}
