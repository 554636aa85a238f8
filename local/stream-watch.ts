import { levelOf } from '../shared/level/level-of.ts';
import { decodeRecord } from '../shared/record/decode.ts';
import { FLAG_EVENTS } from '../shared/record/format.ts';
import { type LineGroup, textOf } from '../shared/record/lines.ts';
import type { StreamView } from './kinesis/stream.ts';
import type { StreamLine } from './view/line-row.ts';

export interface StreamWatch {
  /** Sees all records put so far. */
  readonly drain: () => void;
  readonly close: () => void;
}

/**
 * Reads the stream beside the mappings and tells of the shipper's own lines, each once, and of every line where
 * somebody watches: one that was put twice comes twice there.
 */
export function watchEvents(
  stream: StreamView,
  onEvent: (worker: string, text: string) => void,
  onLine?: (line: StreamLine) => void,
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
        groups.forEach(tell);
        if (onLine !== undefined) for (const group of groups) show(group, onLine);
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
