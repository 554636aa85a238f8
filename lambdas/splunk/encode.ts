import type { Encoder, Line, RequestHead } from '../../shared/delivery/destination.ts';
import { perRun } from '../../shared/delivery/per-run.ts';
import type { SplunkSettings } from './settings.ts';

/** Where the events are filed. */
export type SplunkPlace = Pick<SplunkSettings, 'index' | 'source' | 'sourcetype'>;

/**
 * Writes JSON objects one after another, not an array:
 * https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
 */
export function createEncoder(place: SplunkPlace, { agentId }: RequestHead): Encoder {
  const { source, sourcetype, index } = place;
  const filed = JSON.stringify({ source, sourcetype, ...(index === undefined ? {} : { index }) }).slice(
    1,
    -1,
  );
  const agent = JSON.stringify(agentId);

  /** What stands around a line's text and its number. */
  const fields = perRun(({ workerId, stream, level, timeMs, originalTimeMs }: Line) => {
    const worker = JSON.stringify(workerId);
    return {
      // Seconds with decimals, never in scientific notation, which Splunk does not read.
      before: `{"time":${timeMs / 1000},"host":${worker},${filed},"event":{"message":"`,
      between:
        `","stream":"${stream}","level":"${level}","agent_id":${agent},"worker_id":${worker}` +
        ',"hostname":"livekit.hosted.agents","seq":',
      after: originalTimeMs === undefined ? '}}\n' : `,"original_timestamp":${originalTimeMs}}}\n`,
    };
  });

  return {
    line: (out, line) => {
      const start = out.length();
      const { before, between, after } = fields(line);
      out.utf8(before);
      out.jsonText(line.bytes, line.start, line.end);
      out.ascii(between);
      out.integer(line.seq);
      out.ascii(after);
      return out.length() - start;
    },
  };
}
