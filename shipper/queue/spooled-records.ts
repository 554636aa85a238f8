import type { Say } from '../base/logger.ts';
import type { NumberedLines } from '../batch/record-encoder.ts';
import type { SenderMessage } from '../protocol/messages.ts';
import type { Outbox } from './unsent-records.ts';

/** What the sender says of records. */
export type CustodyMessage = Exclude<
  SenderMessage,
  { readonly kind: 'trouble' | 'well' | 'alive' | 'in-hand' }
>;

export interface CustodyOptions {
  readonly outbox: Pick<Outbox, 'settle'>;
  readonly say: Say;
  readonly onLost: (lost: NumberedLines) => void;
  /** Lines of earlier shippers that the spool had to give up. */
  readonly onForeignLost: (lines: number) => void;
}

/** Knows which lines are in the spool: their data is the sender's business alone. */
export interface Custody {
  readonly hear: (message: CustodyMessage) => void;
  /** Lines in the spool that Kinesis has not taken. */
  readonly spooledLines: () => number;
}

export function createCustody({ outbox, say, onLost, onForeignLost }: CustodyOptions): Custody {
  let spooled = new Map<number, NumberedLines>();
  let spooledLines = 0;

  const put = (id: number, record: NumberedLines | undefined): void => {
    if (record === undefined) return;
    spooled.set(id, { seq: record.seq, lines: record.lines });
    spooledLines += record.lines;
  };

  const take = (id: number): NumberedLines | undefined => {
    const record = spooled.get(id);
    if (record === undefined) return outbox.settle(id);
    spooled.delete(id);
    spooledLines -= record.lines;
    return record;
  };

  /** A new sender tells what it found; whatever else had been there is with another shipper by now. */
  const reconcile = (ids: readonly number[]): void => {
    const records = ids.map((id) => [id, take(id)] as const);
    spooled = new Map();
    spooledLines = 0;
    for (const [id, record] of records) put(id, record);
  };

  return {
    hear: (message) => {
      if (message.kind === 'ready') reconcile(message.ids);
      else if (message.kind === 'taken') message.ids.forEach(take);
      else if (message.kind === 'spooled') for (const id of message.ids) put(id, take(id));
      else if (message.kind === 'lost') {
        for (const record of message.ids.map(take)) if (record !== undefined) onLost(record);
        if (message.lines > 0) onForeignLost(message.lines);
      } else if (message.kind === 'found') {
        say('found', `${message.records} records that earlier runs left in the spool are sent first`);
      } else if (message.kind === 'spool-trouble') say(message.text, message.text);
      else say('spool', 'the spool works again');
    },
    spooledLines: () => spooledLines,
  };
}
