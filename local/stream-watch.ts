import { decodeRecord } from '../shared/record/decode.ts';
import { FLAG_EVENTS, FLAG_UNTERMINATED, STDERR, STDOUT, type StreamCode } from '../shared/record/format.ts';
import { type LineGroup, textOf } from '../shared/record/lines.ts';
import type { StreamView } from './kinesis/stream.ts';
import type { LinePiece } from './tally/line-pieces.ts';

export interface StreamWatch {
  /** Sees all records put so far. */
  readonly drain: () => void;
  readonly close: () => void;
}

/** Reads the stream beside the mappings and tells of the shipper's own lines, each once, and of parts of lines. */
export function watchStream(
  stream: StreamView,
  onEvent: (worker: string, text: string) => void,
  onPiece: (piece: LinePiece) => void,
): StreamWatch {
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

  function drain(): void {
    for (const shard of stream.shards()) {
      let position = positions.get(shard.id) ?? shard.first();
      for (let record = shard.at(position); record !== undefined; record = shard.at(position)) {
        const { data, partitionKey, arrivalMs } = record;
        const decoded = decodeRecord(Buffer.from(data, 'base64'), { partitionKey, arrivalMs });
        if (decoded.kind === 'lines') {
          for (const group of decoded.groups) {
            tell(group);
            piecesOf(group).forEach(onPiece);
          }
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
