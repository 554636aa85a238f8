import type { Twin, TwinDrain } from '../../local/local-stack.ts';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import type { Agent } from '../stage/agent.ts';
import { sendersOf } from '../stage/processes.ts';

/** What goes wrong may depend on. */
export interface SoakWorld {
  readonly twin: Twin;
  readonly agents: readonly Agent[];
  /** One of these, by the seed. */
  readonly pick: <T>(choices: readonly T[]) => T;
}

/** Something that goes wrong for a while. */
export interface Trouble {
  readonly name: string;
  /** Begins, and returns what ends it. */
  readonly begin: (world: SoakWorld) => () => void;
}

const endless = (rule: FaultRule): FaultRule => ({ ...rule, times: 0 });

const KINESIS: Readonly<Record<string, FaultRule>> = {
  'refuses every second record': {
    kind: 'fail-records',
    every: 2,
    code: 'ProvisionedThroughputExceededException',
  },
  'answers 500': { kind: 'status', status: 500 },
  'resets before the records are taken': { kind: 'reset', when: 'before' },
  'resets after the records were taken': { kind: 'reset', when: 'after' },
  'is slow': { kind: 'delay', ms: 500 },
};

const SERVICES: Readonly<Record<string, FaultRule>> = {
  'answers 503': { kind: 'status', status: 503 },
  'answers 429': { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  'refuses the token': { kind: 'status', status: 403 },
  'resets before the lines are taken': { kind: 'reset', when: 'before' },
  'resets after the lines were taken': { kind: 'reset', when: 'after' },
  'is slow': { kind: 'delay', ms: 1_000 },
  'never answers': { kind: 'hang' },
};

/** A syslog peer that hangs has taken the lines as far as a sender can know: what is lost so is documented. */
function canMeet({ id }: TwinDrain, { kind }: FaultRule): boolean {
  return RECEIVERS[id].protocol !== 'syslog' || kind !== 'hang';
}

function atKinesis([what, rule]: readonly [string, FaultRule]): Trouble {
  return {
    name: `Kinesis ${what}`,
    begin: ({ twin }) => {
      twin.kinesis.faults.set([endless(rule)]);
      return () => twin.kinesis.faults.set([]);
    },
  };
}

function atService([what, rule]: readonly [string, FaultRule]): Trouble {
  return {
    name: `a service ${what}`,
    begin: ({ twin, pick }) => {
      const drain = pick(twin.drains.filter((one) => canMeet(one, rule)));
      drain.receiver?.faults.set([endless(rule)]);
      return () => drain.receiver?.faults.set([]);
    },
  };
}

function atStandIn(name: string, of: (twin: Twin) => Twin['s3'] | Twin['secrets']): Trouble {
  return {
    name: `${name} answers 503`,
    begin: ({ twin }) => {
      of(twin).faults.set([endless({ kind: 'status', status: 503 })]);
      return () => of(twin).faults.set([]);
    },
  };
}

function kill(pid: number | undefined): void {
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

/** All that a soak chooses from. */
export const TROUBLES: readonly Trouble[] = [
  ...Object.entries(KINESIS).map(atKinesis),
  ...Object.entries(SERVICES).map(atService),
  atStandIn('Secrets Manager', ({ secrets }) => secrets),
  atStandIn('S3', ({ s3 }) => s3),
  {
    name: 'a function is killed',
    begin: ({ twin, pick }) => {
      kill(pick(twin.drains).function.pids()[0]);
      return () => undefined;
    },
  },
  {
    name: 'a sender is killed',
    begin: ({ agents, pick }) => {
      kill(sendersOf(pick(agents).shipper.pid ?? 0)[0]);
      return () => undefined;
    },
  },
];
