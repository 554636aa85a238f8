import type { ByteWriter } from '../../shared/delivery/byte-writer.ts';
import type { Encoder, RequestHead } from '../../shared/delivery/destination.ts';

/**
 * Writes the detailed form, with one block of common attributes for each worker in a row:
 * https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/#json-content
 */
export function createEncoder({ agentId }: RequestHead): Encoder {
  let workerId: string | undefined;

  function openBlock(out: ByteWriter, nextWorkerId: string): void {
    if (workerId !== undefined) out.ascii(']},');
    workerId = nextWorkerId;
    out.ascii(
      `{"common":{"attributes":{"agentId":${JSON.stringify(agentId)},"workerId":${JSON.stringify(workerId)}` +
        ',"hostname":"livekit.hosted.agents"}},"logs":[',
    );
  }

  return {
    begin: (out) => out.ascii('['),
    line: (out, line) => {
      const before = out.length();
      if (line.workerId === workerId) out.ascii(',');
      else openBlock(out, line.workerId);
      const trueTime =
        line.originalTimeMs === undefined ? '' : `,"original_timestamp":${line.originalTimeMs}`;
      out.ascii(`{"timestamp":${line.timeMs},"message":"`);
      out.jsonText(line.bytes, line.start, line.end);
      out.ascii(
        `","attributes":{"level":"${line.level}","stream":"${line.stream}","seq":${line.seq}${trueTime}}}`,
      );
      return out.length() - before;
    },
    end: (out) => out.ascii(']}]'),
  };
}
