import type { HttpRequest } from '../../local/aws/http-message.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import { FLAG_EVENTS } from '../../shared/record/format.ts';
import { textOf } from '../../shared/record/lines.ts';
import { type Gate, startGate } from './gate.ts';

/** A way to Kinesis that is down for one thing a shipper says. */
export interface HeldEvent extends Gate {
  /** Resolves when the shipper has tried to say it. */
  readonly met: Promise<void>;
  /** From now on everything gets through. */
  readonly letThrough: () => void;
}

/** Starts a server before Kinesis that answers 503 to calls with this event of a shipper's own, such as `AGENT_EXITED`. */
export async function holdEvent(endpoint: string, event: string): Promise<HeldEvent> {
  let isOpen = false;
  let meet = (): void => undefined;
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  const gate = await startGate(endpoint, (request) => {
    if (isOpen || !eventsIn(request).includes(event)) return undefined;
    meet();
    return { status: 503, headers: {}, body: '' };
  });
  return {
    ...gate,
    met,
    letThrough: () => {
      isOpen = true;
    },
  };
}

interface Put {
  readonly Records?: readonly { readonly Data: string; readonly PartitionKey: string }[];
}

/** Names of the events in a call's records. */
function eventsIn({ body }: HttpRequest): string[] {
  const { Records = [] } = JSON.parse(body.toString()) as Put;
  return Records.flatMap(({ Data, PartitionKey }) => {
    const place = { partitionKey: PartitionKey, arrivalMs: Date.now() };
    const decoded = decodeRecord(Buffer.from(Data, 'base64'), place);
    if (decoded.kind !== 'lines') return [];
    return decoded.groups.flatMap((group) =>
      group.runs
        .filter(({ flags }) => (flags & FLAG_EVENTS) !== 0)
        .flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => textOf(group, first + i)))
        .map((text) => (JSON.parse(text) as { readonly event: string }).event),
    );
  });
}
