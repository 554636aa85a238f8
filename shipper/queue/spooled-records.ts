import type { Logger } from '../base/logger.ts';
import type { NumberedLines } from '../batch/record-encoder.ts';
import type { SenderMessage } from '../protocol/messages.ts';
import type { UnsentRecords } from './unsent-records.ts';

/** The sender's messages about records. */
export type RecordMessage = Exclude<
  SenderMessage,
  { readonly kind: 'failing' | 'working' | 'heartbeat' | 'in-flight' }
>;

export interface SpooledRecordsOptions {
  readonly unsent: Pick<UnsentRecords, 'remove'>;
  readonly log: Logger;
  readonly onLost: (lost: NumberedLines) => void;
  /** Lines of earlier shippers that the spool had to give up. */
  readonly onEarlierLost: (lines: number) => void;
}

/** Knows which records are in the spool: their lines are counted here, their data is with the sender only. */
export interface SpooledRecords {
  readonly onMessage: (message: RecordMessage) => void;
  /** Lines in the spool that Kinesis does not have. */
  readonly spooledLines: () => number;
}

export function createSpooledRecords({
  unsent,
  log,
  onLost,
  onEarlierLost,
}: SpooledRecordsOptions): SpooledRecords {
  let spooled = new Map<number, NumberedLines>();
  let spooledLines = 0;

  const add = (id: number, record: NumberedLines | undefined): void => {
    if (record === undefined) return;
    spooled.set(id, { seq: record.seq, lines: record.lines });
    spooledLines += record.lines;
  };

  const remove = (id: number): NumberedLines | undefined => {
    const record = spooled.get(id);
    if (record === undefined) return unsent.remove(id);
    spooled.delete(id);
    spooledLines -= record.lines;
    return record;
  };

  /** A new sender tells what it found in our folder; another shipper has taken over whatever else was there. */
  const reconcile = (ids: readonly number[]): void => {
    const records = ids.map((id) => [id, remove(id)] as const);
    spooled = new Map();
    spooledLines = 0;
    for (const [id, record] of records) add(id, record);
  };

  return {
    onMessage: (message) => {
      if (message.kind === 'ready') reconcile(message.ids);
      else if (message.kind === 'delivered') message.ids.forEach(remove);
      else if (message.kind === 'spooled') for (const id of message.ids) add(id, remove(id));
      else if (message.kind === 'lost') {
        for (const record of message.ids.map(remove)) if (record !== undefined) onLost(record);
        if (message.lines > 0) onEarlierLost(message.lines);
      } else if (message.kind === 'found') {
        log('found', `${message.records} records that earlier runs left in the spool are sent first`);
      } else if (message.kind === 'left') log(`left for ${message.stream}`, leftMessage(message));
      else if (message.kind === 'spool-failing') log(message.reason, message.reason);
      else log('spool', 'the spool works again');
    },
    spooledLines: () => spooledLines,
  };
}

function leftMessage({ stream, records }: RecordMessage & { readonly kind: 'left' }): string {
  const them = `${records} ${records === 1 ? 'record' : 'records'} that earlier runs left in the spool`;
  return `${them} are for another stream: start a shipper with --stream ${stream} and this --spool to send them`;
}
