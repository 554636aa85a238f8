import type { ByteWriter } from '../../shared/destination/byte-writer.ts';
import type { Encoder, Line, RequestHead } from '../../shared/destination/contract.ts';
import { EVENT_OVERHEAD_BYTES } from './manifest.ts';

class CloudWatchEncoder implements Encoder {
  private readonly head: RequestHead;
  private lastMs = Number.NaN;
  private before = '';

  constructor(head: RequestHead) {
    this.head = head;
  }

  begin(out: ByteWriter): void {
    const { agentId, workerId } = this.head;
    const group = JSON.stringify(agentId);
    out.utf8(`{"logGroupName":${group},"logStreamName":${JSON.stringify(workerId)},"logEvents":[`);
  }

  line(out: ByteWriter, { bytes, start, end, timeMs }: Line, index: number): number {
    // Lines read together share their time.
    if (timeMs !== this.lastMs) this.before = `{"timestamp":${timeMs},"message":"`;
    this.lastMs = timeMs;
    if (index > 0) out.ascii(',');
    out.ascii(this.before);
    out.jsonText(bytes, start, end);
    out.ascii('"}');
    return end - start + EVENT_OVERHEAD_BYTES;
  }

  end(out: ByteWriter): void {
    out.ascii(']}');
  }
}

/**
 * The body of PutLogEvents: log group = agent id, log stream = worker id, message = the line as it is. Counts as the
 * service does: bytes of UTF-8 and 26 an event, not the JSON's length.
 */
export function createEncoder(head: RequestHead): Encoder {
  return new CloudWatchEncoder(head);
}
