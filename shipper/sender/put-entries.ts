import type { SenderMessage, SenderTask } from '../protocol/messages.ts';
import type { PutRecords } from './kinesis/client.ts';
import type { PutResult } from './kinesis/put-loop.ts';
import type { KeyedRecord } from './kinesis/request-body.ts';
import type { SpoolEntry } from './spool/spool-entries.ts';

export interface PutEntriesOptions {
  readonly task: SenderTask;
  readonly putRecords: PutRecords;
  readonly send: (message: SenderMessage) => void;
  /** A record's content from its file; undefined if it is lost, which has been reported then. */
  readonly readSpool: (entry: SpoolEntry) => Promise<KeyedRecord | undefined>;
}

/** Puts entries in one call. Reads those that are in files first; an entry whose file is lost counts as done. */
export function createPutEntries(
  options: PutEntriesOptions,
): (entries: readonly SpoolEntry[]) => Promise<PutResult> {
  const { task, putRecords, send, readSpool } = options;
  const inFlight = new Set<SpoolEntry>();

  /** If we crash, the parent has to know with which records. */
  const reportInFlight = (): void => {
    if (task.spool === undefined) return;
    const files = [...inFlight].flatMap(({ file }) => file ?? []);
    send({ kind: 'in-flight', spooled: files.length, file: inFlight.size === 1 ? files[0] : undefined });
  };

  const read = async (entry: SpoolEntry): Promise<KeyedRecord | undefined> => {
    if (entry.frame === undefined) return readSpool(entry);
    return { data: entry.frame.data, partitionKey: task.partitionKey };
  };

  const readAndPut = async (entries: readonly SpoolEntry[]): Promise<PutResult> => {
    const places: number[] = [];
    const records: KeyedRecord[] = [];
    for (const [place, entry] of entries.entries()) {
      const record = await read(entry);
      if (record === undefined) continue;
      places.push(place);
      records.push(record);
    }
    if (records.length === 0) return { kind: 'answered', failed: [] };
    const result = await putRecords(records);
    if (result.kind === 'failed') return result;
    return { ...result, failed: result.failed.flatMap((at) => places[at] ?? []) };
  };

  return async (entries) => {
    for (const entry of entries) inFlight.add(entry);
    reportInFlight();
    try {
      return await readAndPut(entries);
    } finally {
      for (const entry of entries) inFlight.delete(entry);
      reportInFlight();
    }
  };
}
