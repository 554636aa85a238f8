import { describe, expect, it } from 'vitest';
import { STDOUT } from '../../shared/record/format.ts';
import { useShipper } from '../helpers/shipper/fixture.ts';
import { agentLines, events } from '../helpers/shipper/process.ts';

const world = useShipper();

describe('variables as a secret or a file leaves them', () => {
  it('are read without the white space at their ends, and reach the agent with it', async () => {
    const env = {
      LOG_DRAIN_STREAM: 'agent-logs\n',
      LOG_DRAIN_AGENT_ID: 'CA_test\r\n',
      LOG_DRAIN_WORKER_ID: ' W1\t',
      AWS_ENDPOINT_URL_KINESIS: `${world.kinesis.endpoint} \n`,
      AWS_REGION: 'us-east-1\n',
      AWS_ACCESS_KEY_ID: 'AKIATEST\r\n',
      AWS_SECRET_ACCESS_KEY: 'secret-for-tests\n',
      AWS_SESSION_TOKEN: '\n',
      GREETING: ' hello \n',
    };
    const look = 'printf "%s|" "$LOG_DRAIN_STREAM$AWS_REGION$AWS_ACCESS_KEY_ID$GREETING" | od -An -c';
    const shipper = world.start({ args: ['run', '--', 'sh', '-c', look], env });

    expect(await shipper.ended).toBe(0);
    expect(agentLines(world.kinesis, STDOUT).join(' ').replaceAll(/\s+/g, '')).toBe(
      'agent-logs\\nus-east-1\\nAKIATEST\\r\\nhello\\n|',
    );
    expect(events(world.kinesis)[0]).toMatchObject({ agent_id: 'CA_test', worker_id: 'W1' });
    const names =
      'LOG_DRAIN_STREAM, LOG_DRAIN_AGENT_ID, LOG_DRAIN_WORKER_ID, AWS_ENDPOINT_URL_KINESIS, AWS_REGION, ' +
      'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN';
    const [said = '', ...rest] = shipper.stderr().split('\n');
    expect(said).toMatch(
      /^log-drain: [\w, ]+: white space at the ends of the value is left out; set them without$/,
    );
    const saidNames = said.slice('log-drain: '.length).split(': ')[0]?.split(', ') ?? [];
    expect(saidNames.toSorted()).toEqual(names.split(', ').toSorted());
    expect(rest).toEqual(['']);
  });

  it('are read so for the sender’s own account too', async () => {
    const own = {
      ENDPOINT_URL_KINESIS: world.kinesis.endpoint,
      REGION: 'us-east-1',
      ACCESS_KEY_ID: 'AKIATEST',
    };
    const env = {
      ...Object.fromEntries(
        Object.entries(own).map(([name, value]) => [`LOG_DRAIN_AWS_${name}`, `${value}\n`]),
      ),
      LOG_DRAIN_AWS_SECRET_ACCESS_KEY: 'secret-for-tests\n',
      AWS_ENDPOINT_URL_KINESIS: 'http://127.0.0.1:9',
    };
    const shipper = world.start({ args: ['run', '--', 'echo', 'hello'], env });

    expect(await shipper.ended).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['hello']);
  });

  it('are made good where others set generic names for themselves', async () => {
    const env = {
      LOG_DRAIN_AGENT_ID: '',
      LOG_DRAIN_WORKER_ID: '',
      AGENT_ID: 'my agent',
      WORKER_ID: 'celery:1',
    };
    const shipper = world.start({ args: ['run', '--', 'echo', 'hello'], env });

    expect(await shipper.ended).toBe(0);
    expect(agentLines(world.kinesis, STDOUT)).toEqual(['hello']);
    expect(events(world.kinesis)[0]).toMatchObject({ agent_id: 'my_agent', worker_id: 'celery_1' });
    expect(shipper.stderr()).toBe(
      'log-drain: AGENT_ID is no agent id: lines are sent as those of my_agent\n' +
        'log-drain: WORKER_ID is no worker id: lines are sent as those of celery_1\n',
    );
  });
});
