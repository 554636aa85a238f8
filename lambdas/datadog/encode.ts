import type { Encoder, RequestHead } from '../../shared/delivery/destination.ts';
import type { Level } from '../../shared/level/levels.ts';

/** Datadog maps `status` by its beginning, anything unknown to info: `f*` is emergency, but `panic` has no place. */
const STATUS: Readonly<Record<Level, string>> = {
  panic: 'emergency',
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'trace',
};

/** Writes a JSON array of flat objects: https://docs.datadoghq.com/api/latest/logs/#send-logs */
export function createEncoder({ agentId }: RequestHead): Encoder {
  let workerId: string | undefined;
  let origin = '';
  return {
    begin: (out) => out.ascii('['),
    line: (out, line, index) => {
      const before = out.length();
      if (line.workerId !== workerId) {
        workerId = line.workerId;
        origin = `"ddsource":${JSON.stringify(agentId)},"hostname":${JSON.stringify(workerId)}`;
      }
      const trueTime =
        line.originalTimeMs === undefined ? '' : `,"original_timestamp":${line.originalTimeMs}`;
      out.ascii(index === 0 ? '{"message":"' : ',{"message":"');
      out.jsonText(line.bytes, line.start, line.end);
      out.ascii(
        `",${origin},"service":"cloud.livekit.io","stream":"${line.stream}","status":"${STATUS[line.level]}"` +
          `,"timestamp":${line.timeMs}${trueTime},"seq":${line.seq}}`,
      );
      return out.length() - before;
    },
    end: (out) => out.ascii(']'),
  };
}
