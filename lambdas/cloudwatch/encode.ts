import type { Encoder, RequestHead } from '../../shared/delivery/destination.ts';
import { EVENT_OVERHEAD_BYTES } from './manifest.ts';

/**
 * The body of PutLogEvents: log group = agent id, log stream = worker id, message = the line as it is. Counts as the
 * service does: bytes of UTF-8 and 26 an event, not the JSON's length.
 */
export function createEncoder({ agentId, workerId }: RequestHead): Encoder {
  return {
    begin: (out) => {
      const group = JSON.stringify(agentId);
      out.utf8(`{"logGroupName":${group},"logStreamName":${JSON.stringify(workerId)},"logEvents":[`);
    },
    line: (out, { bytes, start, end, timeMs }, index) => {
      out.ascii(`${index === 0 ? '' : ','}{"timestamp":${timeMs},"message":"`);
      out.jsonText(bytes, start, end);
      out.ascii('"}');
      return end - start + EVENT_OVERHEAD_BYTES;
    },
    end: (out) => out.ascii(']}'),
  };
}
