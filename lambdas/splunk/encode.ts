import type { Encoder, RequestHead } from '../../shared/delivery/destination.ts';
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
  let workerId: string | undefined;
  let worker = '';
  return {
    line: (out, line) => {
      const before = out.length();
      if (line.workerId !== workerId) {
        workerId = line.workerId;
        worker = JSON.stringify(workerId);
      }
      const trueTime =
        line.originalTimeMs === undefined ? '' : `,"original_timestamp":${line.originalTimeMs}`;
      // Seconds with decimals, never in scientific notation, which Splunk does not read.
      out.utf8(`{"time":${line.timeMs / 1000},"host":${worker},${filed},"event":{"message":"`);
      out.jsonText(line.bytes, line.start, line.end);
      out.ascii(
        `","stream":"${line.stream}","level":"${line.level}","agent_id":${agent},"worker_id":${worker}` +
          `,"hostname":"livekit.hosted.agents","seq":${line.seq}${trueTime}}}\n`,
      );
      return out.length() - before;
    },
  };
}
