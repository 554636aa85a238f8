import type { KinesisEventRecord } from '../shared/parking/kinesis-event.ts';
import { decodeRecord } from '../shared/record/decode.ts';
import { STDERR } from '../shared/record/format.ts';
import { type LineGroup, textOf } from '../shared/record/lines.ts';
import type { TwinDrain } from './local-stack.ts';
import type { SetAsideLine } from './tally/tally.ts';

/** Every line that the destination's function has put into the parking bucket. */
export function linesSetAside(
  { id }: Pick<TwinDrain, 'id'>,
  objects: (prefix: string) => readonly string[],
): SetAsideLine[] {
  return ['parked', 'rejected', 'unreadable']
    .flatMap((kind) => objects(`${kind}/${id}/`))
    .flatMap((body) => (JSON.parse(body) as { readonly Records: readonly KinesisEventRecord[] }).Records)
    .flatMap(({ kinesis }) => {
      const arrivalMs = kinesis.approximateArrivalTimestamp * 1000;
      const decoded = decodeRecord(Buffer.from(kinesis.data, 'base64'), { arrivalMs });
      return decoded.kind === 'lines' ? decoded.groups.flatMap(linesOf) : [];
    });
}

function linesOf(group: LineGroup): SetAsideLine[] {
  const { agentId, workerId, runs, seq } = group;
  return runs.flatMap(({ first, count, stream }) =>
    Array.from({ length: count }, (_, i) => ({
      agent: agentId,
      worker: workerId,
      stream: stream === STDERR ? 'stderr' : 'stdout',
      text: textOf(group, first + i),
      seq: seq + first + i,
    })),
  );
}
