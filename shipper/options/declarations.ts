import { group, type OptionSpec } from '../../shared/base/options.ts';
import { AGENT_ID_SOURCES, WORKER_ID_SOURCES } from './identity.ts';
import { DURATION, size, WHEN_FULL_WORDS } from './option-types.ts';

/** Two largest records fit: one that is being sent, and one that waits. */
const MIN_BUFFER_BYTES = 2 * 1024 * 1024;
const MIN_LINE_BYTES = 1024;
/** With header and partition key a line must fit into a record of 1 MiB even if it cannot be compressed. */
const MAX_LINE_BYTES = 900 * 1024;

const IDENTITY = {
  agentId: {
    flag: '--agent-id',
    value: 'ID',
    about: "the agent's id",
    elsewhere: AGENT_ID_SOURCES,
    required: true,
  },
  config: {
    flag: '--config',
    value: 'FILE',
    default: 'livekit.toml',
    about: "the file that may hold the agent's id",
  },
  workerId: {
    flag: '--worker-id',
    value: 'ID',
    about: "this replica's id",
    elsewhere: [...WORKER_ID_SOURCES, 'the ECS task, pod or Fly machine'],
    defaultWords: "the host's name and a random suffix",
  },
} as const satisfies Record<string, OptionSpec>;

const EVENTS = { flag: '--no-events', about: 'do not announce losses in the stream' } as const;

const WHERE = group('Where', {
  stream: {
    flag: '--stream',
    value: 'NAME|ARN',
    env: 'LOG_DRAIN_STREAM',
    about: 'the Kinesis stream',
    required: true,
  },
});

const MAX_LINE = {
  flag: '--max-line-bytes',
  value: 'SIZE',
  type: size({ min: MIN_LINE_BYTES, max: MAX_LINE_BYTES }),
  default: '256KiB',
  about: 'split longer lines, 1KiB to 900KiB',
} as const satisfies OptionSpec;

const LINGER = {
  flag: '--linger',
  value: 'DURATION',
  type: DURATION,
  default: '2s',
  about: 'after SIGINT or SIGTERM, read on for so long',
} as const satisfies OptionSpec;

const DRAIN_TIMEOUT = {
  flag: '--drain-timeout',
  value: 'DURATION',
  type: DURATION,
  default: '10s',
  about: 'at the end, wait so long for Kinesis to take something',
} as const satisfies OptionSpec;

const GRACE = {
  flag: '--grace',
  value: 'DURATION',
  type: DURATION,
  default: '10s',
  about:
    'an agent that ends within so long of a passed-on SIGTERM, SIGINT, SIGHUP or SIGQUIT leaves us what remains of it ' +
    'for all of the above: what kills a container at the end of it is not to cut us off',
} as const satisfies OptionSpec;

const BUFFERS = {
  bufferBytes: {
    flag: '--buffer-bytes',
    value: 'SIZE',
    type: size({ min: MIN_BUFFER_BYTES }),
    defaultWords: '64MiB, less in a container with less than 512MiB of memory',
    about: 'compressed records that may wait in memory, at least 2MiB',
  },
  spool: {
    flag: '--spool',
    value: 'DIR',
    about:
      'write each record there before it is sent, and remove it once Kinesis has taken it; what earlier or killed ' +
      'shippers left there for the same stream is sent first. Several shippers of one machine may share a directory',
  },
  spoolBytes: {
    flag: '--spool-bytes',
    value: 'SIZE',
    type: size({ min: MIN_BUFFER_BYTES }),
    default: '1GiB',
    about: 'records that one shipper may keep there, at least 2MiB',
  },
} as const satisfies Record<string, OptionSpec>;

const WHEN_FULL = {
  flag: '--when-full',
  value: 'auto|drop|block',
  type: WHEN_FULL_WORDS,
  default: 'block',
  about:
    'stop reading (block), drop the oldest lines, counted and announced (drop), or stop for at most --max-wait before ' +
    'lines are dropped (auto)',
} as const satisfies OptionSpec;

const MAX_WAIT = {
  flag: '--max-wait',
  value: 'DURATION',
  type: DURATION,
  default: '1s',
  about: 'with auto, stop reading for at most so long in any ten seconds',
} as const satisfies OptionSpec;

const OUTPUT = {
  summaryFile: {
    flag: '--summary-file',
    value: 'FILE',
    about: 'at the end, write the counts of lines there as JSON',
  },
  messagesFile: {
    flag: '--messages-file',
    value: 'FILE',
    about: 'write our own messages there instead of on stderr',
  },
} as const satisfies Record<string, OptionSpec>;

/** The options of `log-drain ship`. */
export const SHIP_OPTIONS = {
  ...group('What to send', { ...IDENTITY, events: EVENTS }),
  ...WHERE,
  ...group('Batching', { maxLineBytes: MAX_LINE, lingerMs: LINGER, drainTimeoutMs: DRAIN_TIMEOUT }),
  ...group('When full', { ...BUFFERS, whenFull: WHEN_FULL, maxWaitMs: MAX_WAIT }),
  ...group('Output', OUTPUT),
};

/** The options of `log-drain run`. */
export const RUN_OPTIONS = {
  ...group('What to send', {
    ...IDENTITY,
    events: { ...EVENTS, about: 'do not announce starts, ends and losses in the stream' },
    agentEnv: {
      flag: '--no-env',
      about: 'do not set PYTHONUNBUFFERED=1 for an agent whose environment does not set it',
    },
    tee: { flag: '--no-tee', about: "do not copy the agent's output to our own stdout and stderr" },
  }),
  ...WHERE,
  ...group('Batching', {
    maxLineBytes: MAX_LINE,
    lingerMs: {
      ...LINGER,
      about: "after the agent's end, read on for so long from processes it left behind",
    },
    drainTimeoutMs: {
      ...DRAIN_TIMEOUT,
      about:
        'after that, send for so long; with --when-full block the time starts again whenever Kinesis takes something',
    },
    graceMs: GRACE,
  }),
  ...group('When full', {
    ...BUFFERS,
    whenFull: {
      ...WHEN_FULL,
      default: 'auto',
      about:
        'let the agent wait for at most --max-wait, then drop the oldest lines, counted and announced (auto); drop ' +
        'them at once (drop); or let it wait for ever (block)',
    },
    maxWaitMs: {
      ...MAX_WAIT,
      about:
        "with auto, let the agent wait for Kinesis and for the copy's readers for at most so long in any ten seconds",
    },
    whenTeeFull: {
      flag: '--when-tee-full',
      value: 'auto|drop|block',
      type: WHEN_FULL_WORDS,
      default: 'auto',
      about:
        'the same for the copy to our own output, while 16 MiB of it wait for its reader: chunks are left out of the ' +
        'copy, counted',
    },
  }),
  ...group('Output', OUTPUT),
};
