import { z } from 'zod';
import { isDestinationId } from '../../shared/parking/destination-id.ts';
import type { KinesisEventRecord } from '../../shared/parking/kinesis-event.ts';
import { parseWaitingObject, type WaitingObject } from '../../shared/parking/waiting-object.ts';
import { decodeRecord } from '../../shared/record/decode.ts';
import type { Decoded } from '../../shared/record/lines.ts';
import { bucketOf } from '../base/deployment.ts';
import { CommandProblem } from '../base/errors.ts';
import { writeLines } from '../base/lines.ts';
import { type Output, safeText, sizeText } from '../base/output.ts';
import { failingAgents, readAside } from './objects.ts';
import type { ShowOptions } from './options.ts';

/** What is told of an object beside its records: by us, and by Lambda. */
const head = z.object({
  destination: z.string().optional(),
  agent_id: z.string().optional(),
  reason: z.string().optional(),
  answer: z.string().optional(),
  requestContext: z
    .object({ condition: z.string().optional(), functionArn: z.string().optional() })
    .optional(),
});

function decode({ kinesis }: KinesisEventRecord): Decoded {
  const arrivalMs = Math.round(kinesis.approximateArrivalTimestamp * 1000);
  return decodeRecord(Buffer.from(kinesis.data, 'base64'), { partitionKey: kinesis.partitionKey, arrivalMs });
}

/** `log-drain parked show KEY`: what is in an object and why; its lines if asked for. Resolves to the exit code. */
export async function showParked(key: string, options: ShowOptions, output: Output): Promise<number> {
  const { stdout, stderr } = output;
  const bucket = await bucketOf(options);
  const body = await readAside(bucket, key);
  if (body === undefined) {
    throw new CommandProblem(
      `there is no ${safeText(key)} in ${bucket}: it has been delivered, or never was. See log-drain parked list`,
    );
  }
  const object = parseWaitingObject(body);
  if (object === undefined)
    throw new CommandProblem(`${safeText(key)} is no object of ours, or of a newer version`);
  const decoded = object.records.map(decode);
  const told = { ...toldOf({ key, body, object, decoded }), ...(await triesOf(bucket, key)) };
  const { json } = options;
  if (!options.lines) {
    stdout.write(json ? `${safeText(JSON.stringify(told))}\n` : textOf(told));
    return 0;
  }
  if (!json) stderr.write(textOf(told));
  for (const record of decoded) {
    if (record.kind === 'lines') await writeLines(record.groups, { stdout, json });
  }
  return 0;
}

type Told = Readonly<Record<string, string | number | undefined>>;

interface Shown {
  readonly key: string;
  readonly body: string;
  readonly object: WaitingObject;
  readonly decoded: readonly Decoded[];
}

function toldOf({ key, body, object, decoded }: Shown): Told {
  const { data = {} } = head.safeParse(JSON.parse(body));
  const { records } = object;
  return {
    key,
    destination: data.destination ?? key.split('/')[1],
    function: data.requestContext?.functionArn,
    reason: data.reason ?? data.requestContext?.condition,
    answer: data.answer,
    ...contentOf(decoded, data.agent_id),
    bytes: Buffer.byteLength(body),
    ...arrivalOf(records),
  };
}

/** How the agent fared with redrive of late, as far as it is known. */
async function triesOf(bucket: string, key: string): Promise<Told> {
  const [kind, destination = '', agentId = ''] = key.split('/');
  if ((kind !== 'parked' && kind !== 'parked-later') || !isDestinationId(destination)) return {};
  const failing = await failingAgents(bucket, destination);
  const found = failing.find((one) => one.agentId === agentId && one.isLater === (kind === 'parked-later'));
  if (found === undefined) return {};
  return {
    failed_tries: found.failures,
    last_tried: timeText(found.triedMs),
    last_failure: found.reason,
  };
}

function contentOf(decoded: readonly Decoded[], agentId: string | undefined): Told {
  const groups = decoded.flatMap((record) => (record.kind === 'lines' ? record.groups : []));
  const problems = decoded.flatMap((record) => (record.kind === 'unreadable' ? [record.reason] : []));
  return {
    agents: [...new Set(groups.map((group) => group.agentId))].join(', ') || agentId,
    lines: groups.reduce((sum, { count }) => sum + count, 0),
    records: decoded.length,
    unreadable_records: problems.length === 0 ? undefined : problems.length,
    unreadable_because: problems[0],
  };
}

function arrivalOf(records: readonly KinesisEventRecord[]): Told {
  const times = records.map(({ kinesis }) => kinesis.approximateArrivalTimestamp * 1000);
  return { first_arrived: timeText(Math.min(...times)), last_arrived: timeText(Math.max(...times)) };
}

function timeText(ms: number): string | undefined {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}

function textOf(told: Told): string {
  return Object.entries(told)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => {
      const words = name === 'bytes' ? sizeText(Number(value)) : safeText(String(value));
      return `${`${name.replaceAll('_', ' ')}:`.padEnd(21)}${words}\n`;
    })
    .join('');
}
