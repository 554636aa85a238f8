import type { ByteWriter } from '../../shared/delivery/byte-writer.ts';
import type { Encoder, Line, RequestHead } from '../../shared/delivery/destination.ts';
import { perRun } from '../../shared/delivery/per-run.ts';

/** What stands around a line's text and its number. */
function fieldsOf({ timeMs, originalTimeMs, level, stream }: Line): {
  readonly before: string;
  readonly between: string;
  readonly after: string;
} {
  return {
    before: `{"timestamp":${timeMs},"message":"`,
    between: `","attributes":{"level":"${level}","stream":"${stream}","seq":`,
    after: originalTimeMs === undefined ? '}}' : `,"original_timestamp":${originalTimeMs}}}`,
  };
}

/**
 * Writes the detailed form, with one block of common attributes for each worker in a row:
 * https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/#json-content
 */
export function createEncoder({ agentId }: RequestHead): Encoder {
  const fields = perRun(fieldsOf);
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
      const start = out.length();
      if (line.workerId === workerId) out.ascii(',');
      else openBlock(out, line.workerId);
      const { before, between, after } = fields(line);
      out.ascii(before);
      out.jsonText(line.bytes, line.start, line.end);
      out.ascii(between);
      out.integer(line.seq);
      out.ascii(after);
      return out.length() - start;
    },
    end: (out) => out.ascii(']}]'),
  };
}
