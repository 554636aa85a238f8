import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines, eventNames } from '../helpers/shipper/process.ts';

const world = useShipper();

/** Runs a command line in a terminal of its own, by script(1). */
function inTerminal(line: string) {
  const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      SHELL: '/bin/sh',
      LOG_DRAIN_STREAM: 's',
      LOG_DRAIN_AGENT_ID: 'CA_test',
      AWS_ENDPOINT_URL_KINESIS: world.kinesis.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { type: (keys: string) => child.stdin.write(keys), output: () => output, ended };
}

describe('in a terminal', () => {
  it('Ctrl-C reaches the agent once, since the terminal sends it to the whole group', async () => {
    const agent = `
      let count = 0;
      process.on("SIGINT", () => { count += 1; console.log("SIGINT " + count); setTimeout(process.exit, 500, 0); });
      process.on("SIGTERM", () => {});
      console.log("ready");
      setInterval(() => {}, 1000);
    `.replaceAll('\n', ' ');
    const terminal = inTerminal(
      `exec ${process.execPath} ${world.entry} run -- ${process.execPath} -e '${agent}'`,
    );
    await vi.waitFor(() => expect(terminal.output()).toContain('ready'), 30_000);

    terminal.type('\x03');
    const code = await terminal.ended;

    expect(code).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['ready', 'SIGINT 1']);
    expect(eventNames(world.kinesis)).toEqual(['AGENT_STARTED', 'AGENT_EXITED']);
  });

  it('ship says that it wants a pipe', async () => {
    const terminal = inTerminal(`exec ${process.execPath} ${world.entry} ship`);

    const code = await terminal.ended;

    expect(code).toBe(2);
    expect(terminal.output()).toContain('ship reads stdin, which is a terminal');
  });
});
