import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '../../shipper/summary.ts';
import { holdEvent } from '../conditions/held-event.ts';
import type { AgentOptions } from '../stage/agent.ts';
import { type Fault, type Scale, sized } from '../stage/fault.ts';
import type { Step, Write } from '../stage/plan.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { exists } from '../stage/watch.ts';

// Faults at the agent, in the default setting unless a row says otherwise.

/** An agent, how it is to end, and what the shipper is to have counted. */
interface AgentPart extends AgentOptions {
  readonly code?: number;
  readonly sees?: (summary: Summary) => void;
}

interface Scene {
  readonly name: string;
  readonly note?: string;
  /** They run at the same time; each is given a name. */
  readonly agents: (scale: Scale, stage: Stage) => readonly AgentPart[];
}

/** Agents that run to their end, whatever is wrong with them. */
function scene({ name, note, agents }: Scene): Fault {
  return {
    group: 'agent',
    name,
    ...(note === undefined ? {} : { note }),
    run: (scale) =>
      onStage({}, async (stage) => {
        const parts = agents(scale, stage);
        const played = parts.map((part, at) => ({
          part,
          agent: stage.agent({ workerId: `W${at}`, ...part }),
        }));
        for (const { part, agent } of played) {
          assert.equal(await agent.ended, part.code ?? 0, 'exit code');
          const summary = agent.summary();
          assert(summary !== undefined, 'no summary');
          part.sees?.(summary);
        }
        await stage.settled();
        const [first] = played;
        if (scale === 'full' && first !== undefined && !('command' in first.part.does)) {
          await stage.compare(first.agent, first.part.does);
        }
      }),
  };
}

/** Lines `text 1` to `text count`, as seq(1) writes them. */
function* counted(text: string, count: number, stream: Write['stream'] = 'stdout'): Generator<Write> {
  let chunk = '';
  for (let n = 1; n <= count; n += 1) chunk += `${text} ${n}\n`;
  yield { stream, chunk: Buffer.from(chunk) };
}

const shell = (script: string, ...args: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  script,
  'sh',
  ...args,
];
const bytes = (content: Buffer | readonly number[], times = 1): Step => ({
  kind: 'bytes',
  base64: Buffer.from(content).toString('base64'),
  times,
});

/** Each with text around it: never UTF-8 (RFC 3629), cut off, too long, a surrogate, beyond Unicode; and a BOM. */
const INVALID: readonly (readonly number[])[] = [
  [0xff, 0xfe],
  [0x80, 0xbf],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xef, 0xbb, 0xbf],
];
const INVALID_LINES = Buffer.concat(
  INVALID.flatMap((sequence) => [Buffer.from('before '), Buffer.from(sequence), Buffer.from(' after\r\n')]),
);

/** A pipe has 64 KiB at least. */
const IN_A_PIPE = 2_000;

const WRITERS = `
  exec 9<>"$1"; i=0
  while [ $i -lt $2 ]; do
    ( read go <&9; j=1; while [ $j -le 10 ]; do echo "$3 writer $i line $j"; j=$((j + 1)); done ) &
    i=$((i + 1))
  done
  head -c $2 /dev/zero | tr '\\0' '\\n' >&9
  wait`;

function* writtenByWriters(marker: string, writers: number): Generator<Write> {
  for (let i = 0; i < writers; i += 1) yield* counted(`${marker} writer ${i} line`, 10);
}

export const AGENT_FAULTS: readonly Fault[] = [
  scene({
    name: 'burst of a million lines',
    agents: (scale) => [{ does: [{ kind: 'lines', count: sized(scale, 20_000, 1_000_000), perWrite: 64 }] }],
  }),
  scene({
    name: 'one line of 100 MB',
    note: 'It travels in parts of 256 KiB, which joined are the line. With --when-full block.',
    agents: (scale) => [
      {
        does: [{ kind: 'lines', count: 1, bytes: sized(scale, 5e6, 100e6) }],
        flags: ['--when-full', 'block'],
        sees: ({ split, lines }) => assert.deepEqual([split, lines.stdout], [1, 1]),
      },
    ],
  }),
  scene({
    name: '64 lines in a write, and one line in 64 writes',
    agents: (scale) => [
      { does: [{ kind: 'lines', count: sized(scale, 6_400, 256_000), perWrite: 64 }] },
      { does: [{ kind: 'lines', count: sized(scale, 500, 10_000), bytes: 640, perWrite: 1 / 64 }] },
    ],
  }),
  scene({
    name: 'invalid UTF-8 and floods of NUL',
    note: 'What is no UTF-8 arrives as U+FFFD.',
    agents: (scale) => [
      { does: [bytes(INVALID_LINES, sized(scale, 100, 5_000))] },
      {
        does: [
          // With an end now and then, and without one.
          bytes(Buffer.concat([Buffer.alloc(1000), Buffer.from('\n')]), sized(scale, 500, 10_000)),
          bytes(Buffer.alloc(64 * 1024), sized(scale, 16, 160)),
        ],
      },
    ],
  }),
  scene({
    name: '10,000 processes write to one pipe at once',
    note: 'Ten lines each, shorter than PIPE_BUF, which the kernel keeps whole.',
    agents: (scale, { dir, marker }) => {
      const writers = sized(scale, 200, 10_000);
      const gate = join(dir, 'gate');
      return [
        {
          does: {
            command: shell(`mkfifo "$1"; ${WRITERS}`, gate, String(writers), marker),
            writes: () => writtenByWriters(marker, writers),
          },
        },
      ];
    },
  }),
  scene({
    name: 'exit during a burst',
    note: "By process.exit right behind the last write; by Node's own stdout as well, with as many lines as a pipe holds: what Node itself still held was never written.",
    agents: (scale, { marker }) => {
      const count = sized(scale, 20_000, 200_000);
      const program = `let text = ''; for (let n = 1; n <= ${IN_A_PIPE}; n += 1) text += '${marker} own ' + n + '\\n';
        process.stdout.write(text); process.exit(7);`;
      return [
        {
          does: [
            { kind: 'lines', count, perWrite: 64 },
            { kind: 'exit', code: 3 },
          ],
          code: 3,
        },
        {
          does: {
            command: [process.execPath, '-e', program],
            writes: () => counted(`${marker} own`, IN_A_PIPE),
          },
          code: 7,
        },
      ];
    },
  }),
  scene({
    name: 'SIGKILL and SIGSEGV of the agent during a burst',
    agents: (scale) => {
      const lines: Step = { kind: 'lines', count: sized(scale, 20_000, 200_000), perWrite: 64 };
      return [
        {
          does: [lines, { kind: 'die', signal: 'SIGKILL' }],
          code: 137,
          sees: ({ signal }) => assert.equal(signal, 'SIGKILL'),
        },
        { does: [lines, { kind: 'die', signal: 'SIGSEGV' }], code: 139 },
      ];
    },
  }),
  scene({
    name: 'fork and exec; stdout closed early',
    agents: (scale, { marker }) => {
      const count = sized(scale, 2_000, 100_000);
      const forking = `seq -f "$1 forked %.0f" $2 >&2 & seq -f "$1 parent %.0f" $2; wait
        exec seq -f "$1 exec %.0f" $2`;
      const closing = 'seq -f "$1 out %.0f" $2; exec 1>&-; seq -f "$1 err %.0f" $2 >&2; exit 4';
      return [
        {
          does: {
            command: shell(forking, marker, String(count)),
            writes: function* () {
              for (const who of ['parent', 'exec']) yield* counted(`${marker} ${who}`, count);
              yield* counted(`${marker} forked`, count, 'stderr');
            },
          },
        },
        {
          does: {
            command: shell(closing, marker, String(count)),
            writes: function* () {
              yield* counted(`${marker} out`, count);
              yield* counted(`${marker} err`, count, 'stderr');
            },
          },
          code: 4,
        },
      ];
    },
  }),
  {
    group: 'agent',
    name: 'a child that outlives it',
    note: 'It writes on, with --linger 500ms, while Kinesis is down. What it writes later than that is announced at the end.',
    run: () =>
      onStage({}, async (stage) => {
        const [begun, late, written] = ['begun', 'late', 'written'].map((name) => join(stage.dir, name));
        assert(begun !== undefined && late !== undefined && written !== undefined);
        // The last thing that the shipper says of an agent comes after --linger.
        const kinesis = await holdEvent(stage.twin.kinesis.endpoint, 'AGENT_CRASHED');
        const agent = stage.agent({
          through: shell('told=$1; shift; "$@" & until [ -e "$told" ]; do sleep 0.01; done; exit 5', begun),
          does: [
            { kind: 'lines', count: 200 },
            { kind: 'tell', file: begun },
            { kind: 'lines', count: 200, rate: 200 },
            { kind: 'wait-for', file: late },
            { kind: 'lines', count: 200 },
            { kind: 'tell', file: written },
          ],
          flags: ['--linger', '500ms', '--drain-timeout', '60s'],
          env: { AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint },
        });
        try {
          await kinesis.met;
          writeFileSync(late, '');
          await exists(written);
          kinesis.letThrough();
          assert.equal(await agent.ended, 5);
        } finally {
          await kinesis.close();
        }
        await stage.settled();
        const { late: lateLines = 0, lines } = agent.summary() ?? {};
        assert(lateLines >= 200 && lateLines <= 400, `${lateLines} lines were late`);
        assert.equal(lateLines + (lines?.stdout ?? 0), 600);
      }),
  },
  {
    group: 'agent',
    name: 'the reader of its output stops, or is gone',
    note: 'Whoever is behind the shipper in a pipe. The agent and the stream do not notice; the copy lacks what did not fit.',
    run: (scale) =>
      onStage({}, async (stage) => {
        const does: readonly Step[] = [
          { kind: 'lines', count: sized(scale, 20_000, 50_000), bytes: 1000, perWrite: 8 },
        ];
        // At its end the shipper waits so long for the reader.
        const flags = ['--drain-timeout', '5s'];
        const stopped = stage.agent({ workerId: 'W0', does, copy: 'stopped', flags });
        const gone = stage.agent({ workerId: 'W1', does, copy: 'closed' });
        assert.equal(await gone.ended, 0);
        assert.equal(await stopped.ended, 0);
        assert.match(stage.output(), /bytes are missing so far in the copy/);
        await stage.settled();
        if (scale === 'full') await stage.compare(stopped, does);
      }),
  },
];
