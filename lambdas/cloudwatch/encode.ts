import type { Encoder, RequestHead } from '../../shared/delivery/destination.ts';
import { EVENT_OVERHEAD_BYTES } from './manifest.ts';

/**
 * The body of PutLogEvents: log group = agent id, log stream = worker id, message = the line as it is. Counts as the
 * service does: bytes of UTF-8 and 26 an event, not the JSON's length.
 */
export function createEncoder({ agentId, workerId }: RequestHead): Encoder {
  let lastMs: number | undefined;
  let before = '';
  return {
    begin: (out) => {
      const group = JSON.stringify(agentId);
      out.utf8(`{"logGroupName":${group},"logStreamName":${JSON.stringify(workerId)},"logEvents":[`);
    },
    line: (out, { bytes, start, end, timeMs }, index) => {
      // Lines read together share their time.
      if (timeMs !== lastMs) before = `{"timestamp":${timeMs},"message":"`;
      lastMs = timeMs;
      if (index > 0) out.ascii(',');
      out.ascii(before);
      out.jsonText(bytes, start, end);
      out.ascii('"}');
      return end - start + EVENT_OVERHEAD_BYTES;
    },
    end: (out) => out.ascii(']}'),
  };
}
