import { randomBytes, randomUUID } from 'node:crypto';
import { decodeBody, isObject, type JsonObject, jsonOf, stringOf } from '../kit/body.ts';
import { type Answer, type HttpRequest, header, refuse, startHttpReceiver } from '../kit/http-receiver.ts';
import type { StartReceiver } from '../kit/receiver.ts';
import { type ReceiverKind, type ServiceAddress, TEXT_AS_IS } from '../kit/receiver-kind.ts';
import { signatureDefect } from '../kit/sigv4.ts';
import { ANSWERS } from './answers.ts';
import { type ApiError, judgeEvents, type Kept } from './events.ts';

const TARGET = /^Logs_20140328\.(\w+)$/;
const GROUP_NAME = /^(?!aws\/)[.\-_/#A-Za-z0-9]{1,512}$/;
const STREAM_NAME = /^[^:*]{1,512}$/;

/** Streams by group. */
type Groups = Map<string, Set<string>>;

/** One operation of the API. */
type Operation = (input: JsonObject, groups: Groups, nowMs: number) => Answer;

const CONTENT_TYPE = 'application/x-amz-json-1.1';
const headers = (): Record<string, string> => ({
  'content-type': CONTENT_TYPE,
  'x-amzn-requestid': randomUUID(),
});

/** An error that a sender meets in good operation too: it makes what is missing and goes on. */
function expected({ name, message }: ApiError): Answer {
  return { status: 400, headers: headers(), body: { __type: name, message } };
}

function wrong(error: ApiError, violation: string): Answer {
  return { ...expected(error), violations: [violation] };
}

const invalidName = (what: string): Answer =>
  wrong(
    { name: 'InvalidParameterException', message: `Value at '${what}' failed to satisfy its pattern` },
    `${what} is not a valid name`,
  );

const noGroup: ApiError = {
  name: 'ResourceNotFoundException',
  message: 'The specified log group does not exist.',
};
const noStream: ApiError = { ...noGroup, message: 'The specified log stream does not exist.' };
const groupExists: ApiError = {
  name: 'ResourceAlreadyExistsException',
  message: 'The specified log group already exists',
};
const streamExists: ApiError = { ...groupExists, message: 'The specified log stream already exists' };

const createLogGroup: Operation = (input, groups) => {
  const group = stringOf(input['logGroupName']);
  if (!GROUP_NAME.test(group)) return invalidName('logGroupName');
  if (groups.has(group)) return expected(groupExists);
  groups.set(group, new Set());
  return { status: 200, headers: headers(), body: '' };
};

const createLogStream: Operation = (input, groups) => {
  const stream = stringOf(input['logStreamName']);
  if (!STREAM_NAME.test(stream)) return invalidName('logStreamName');
  const streams = groups.get(stringOf(input['logGroupName']));
  if (streams === undefined) return expected(noGroup);
  if (streams.has(stream)) return expected(streamExists);
  streams.add(stream);
  return { status: 200, headers: headers(), body: '' };
};

function rejected({ events, from, to }: Kept): JsonObject {
  const rejectedLogEventsInfo = {
    ...(from > 0 ? { tooOldLogEventEndIndex: from } : {}),
    ...(to < events.length ? { tooNewLogEventStartIndex: to } : {}),
  };
  return to - from === events.length ? {} : { rejectedLogEventsInfo };
}

const putLogEvents: Operation = (input, groups, nowMs) => {
  const logGroupName = stringOf(input['logGroupName']);
  const logStreamName = stringOf(input['logStreamName']);
  const streams = groups.get(logGroupName);
  if (streams === undefined) return expected(noGroup);
  if (!streams.has(logStreamName)) return expected(noStream);
  const kept = judgeEvents(input['logEvents'], nowMs);
  if ('name' in kept) return wrong(kept, kept.message);
  const info = rejected(kept);
  const accepted = kept.events.slice(kept.from, kept.to).map(({ timestamp, message }) => ({
    event: { logGroupName, logStreamName, timestamp, message },
    agent: logGroupName,
    worker: logStreamName,
    stream: undefined,
    text: message,
    timeMs: timestamp,
    seq: undefined,
  }));
  return {
    status: 200,
    headers: headers(),
    body: { nextSequenceToken: randomBytes(28).toString('hex'), ...info },
    accepted,
    violations: Object.keys(info).length > 0 ? ['events were too old or too new'] : [],
  };
};

const OPERATIONS = new Map<string, Operation>([
  ['CreateLogGroup', createLogGroup],
  ['CreateLogStream', createLogStream],
  ['PutLogEvents', putLogEvents],
]);

function operate(request: HttpRequest, groups: Groups, nowMs: number): Answer {
  const name = TARGET.exec(header(request, 'x-amz-target') ?? '')?.[1];
  if (name === undefined || header(request, 'content-type') !== CONTENT_TYPE) {
    return wrong({ name: 'UnknownOperationException', message: '' }, 'the request names no operation');
  }
  const operation = OPERATIONS.get(name);
  if (operation === undefined) {
    const message = `User is not authorized to perform: logs:${name}`;
    return wrong({ name: 'AccessDeniedException', message }, `logs:${name} is not among the rights needed`);
  }
  const body = decodeBody(request.body, header(request, 'content-encoding'), ['gzip']);
  const json = body === undefined ? undefined : jsonOf(body);
  if (json === undefined || !isObject(json.value)) {
    return wrong({ name: 'SerializationException', message: '' }, 'the body is not a JSON object');
  }
  return operation(json.value, groups, nowMs);
}

const settingsAt = ({ scheme, authority, key }: ServiceAddress): Readonly<Record<string, string>> => ({
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: key,
  AWS_REGION: 'us-west-2',
  CLOUDWATCH_URL: `${scheme}://${authority}`,
});

/**
 * CloudWatch Logs with the three rights that the drain asks for. Accepted events are
 * `{logGroupName, logStreamName, timestamp, message}`.
 */
export const startCloudWatch: StartReceiver = (onAccepted, options) => {
  const user = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
  const groups: Groups = new Map();
  const service = {
    id: 'cloudwatch',
    settings: (authority: string) => ({
      ...settingsAt({ scheme: 'http', authority, key: user.secretAccessKey }),
      AWS_ACCESS_KEY_ID: user.accessKeyId,
    }),
    answer: (request: HttpRequest, nowMs: number): Answer => {
      if (request.method !== 'POST' || request.path !== '/') {
        return refuse(404, { __type: 'UnknownOperationException' }, 'the request is not POST /');
      }
      const defect = signatureDefect(request, user, nowMs);
      if (defect === undefined) return operate(request, groups, nowMs);
      return wrong({ name: defect.name, message: 'The request cannot be authenticated.' }, defect.why);
    },
  } as const;
  return startHttpReceiver(service, onAccepted, options);
};

export const RECEIVER: ReceiverKind = {
  start: startCloudWatch,
  protocol: 'http',
  view: { streams: false, ordered: true, ...TEXT_AS_IS },
  settingsAt,
  answers: ANSWERS,
};
