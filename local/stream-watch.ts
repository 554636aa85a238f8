import { levelOf } from '../shared/level/level-of.ts';
import { decodeRecord } from '../shared/record/decode.ts';
import { FLAG_EVENTS, FLAG_UNTERMINATED, STDERR, STDOUT, type StreamCode } from '../shared/record/format.ts';
import { type LineGroup, textOf } from '../shared/record/lines.ts';
import type { StreamView } from './kinesis/stream.ts';
import type { LinePiece } from './tally/line-pieces.ts';
import type { StreamLine } from './view/line-row.ts';

export interface StreamWatch {
  /** Sees all records put so far. */
  readonly drain: () => void;
  readonly close: () => void;
}

export interface StreamListeners {
  /** One of the shipper's own lines, each once. */
  readonly onEvent: (worker: string, text: string) => void;
  /** A line that may be a part of one, each time that it was put. */
  readonly onPiece: (piece: LinePiece) => void;
  /** Every line, each time that it was put; to be left out where nobody watches. */
  readonly onLine?: ((line: StreamLine) => void) | undefined;
}

/** Reads the stream beside the mappings and tells of what is in it. */
export function watchStream(stream: StreamView, { onEvent, onPiece, onLine }: StreamListeners): StreamWatch {
  const consumer = stream.consumer();
  const positions = new Map<string, number>();
  const met = new Set<string>();

  function tell(group: LineGroup): void {
    for (const { first, count, flags } of group.runs) {
      if ((flags & FLAG_EVENTS) === 0) continue;
      for (let i = first; i < first + count; i += 1) {
        const name = `${group.workerId} ${group.boot} ${group.seq + i}`;
        if (met.has(name)) continue;
        met.add(name);
        onEvent(group.workerId, textOf(group, i));
      }
    }
  }

  function show(group: LineGroup, onOne: (line: StreamLine) => void): void {
    const { agentId: agent, bytes, places, levels, runs } = group;
    for (const { first, count, timeMs } of runs) {
      for (let i = first; i < first + count; i += 1) {
        const level = levels?.[i] ?? levelOf(bytes, places.startOf(i), places.endOf(i)) ?? 'info';
        onOne({ agent, timeMs, level, text: textOf(group, i) });
      }
    }
  }

  function drain(): void {
    for (const shard of stream.shards()) {
      let position = positions.get(shard.id) ?? shard.first();
      for (let record = shard.at(position); record !== undefined; record = shard.at(position)) {
        const { data, partitionKey, arrivalMs } = record;
        const decoded = decodeRecord(Buffer.from(data, 'base64'), { partitionKey, arrivalMs });
        const groups = decoded.kind === 'lines' ? decoded.groups : [];
        for (const group of groups) {
          tell(group);
          piecesOf(group).forEach(onPiece);
          if (onLine !== undefined) show(group, onLine);
        }
        position += 1;
      }
      positions.set(shard.id, position);
      consumer.passed(shard.id, position);
    }
  }

  const stop = stream.onChange(drain);
  drain();
  return {
    drain,
    close: () => {
      stop();
      consumer.close();
    },
  };
}

/** Of each stream the first line, which may be the rest of another record's; all parts of lines; and what follows them. */
function piecesOf(group: LineGroup): readonly LinePiece[] {
  const { workerId: worker, boot } = group;
  if (boot === undefined) return [];
  const pieces: LinePiece[] = [];
  const goesOn: Record<StreamCode, boolean> = { [STDOUT]: true, [STDERR]: true };
  for (const { first, count, stream, flags } of group.runs) {
    if ((flags & FLAG_EVENTS) !== 0) continue;
    const last = first + count - 1;
    const isOpen = (flags & FLAG_UNTERMINATED) !== 0;
    const tell = (i: number, open: boolean): number =>
      pieces.push({
        worker,
        boot,
        stream: stream === STDERR ? 'stderr' : 'stdout',
        seq: group.seq + i,
        text: textOf(group, i),
        open,
      });
    if (goesOn[stream]) tell(first, isOpen && first === last);
    if (isOpen && !(goesOn[stream] && first === last)) tell(last, true);
    goesOn[stream] = isOpen;
  }
  return pieces;
}
