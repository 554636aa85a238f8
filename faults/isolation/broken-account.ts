import { strict as assert } from 'node:assert';
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import { agentsSetAside } from '../checks/set-aside.ts';
import { takenOnce } from '../checks/taken-once.ts';
import type { Fault, Outcome, Scale } from '../stage/fault.ts';
import { onStage, type Stage, type StageOptions } from '../stage/stage.ts';
import { besideControl } from './control.ts';
import { createLatencies, type Latencies, quickness } from './latencies.ts';
import { agentNames } from './light-agents.ts';
import { inTurn, warmUp } from './warm-up.ts';

/** Fifty agents on one shard, and the account of one of them breaks. */
interface Sizes {
  readonly agents: number;
  readonly everyMs: number;
  /** The mapping's and the function's settings: as deployed at full scale. */
  readonly windowSeconds: number;
  readonly isolationSeconds: number;
  readonly quietMs: number;
  /** From the break until the others must be as quick as before. */
  readonly allowanceMs: number;
  readonly brokenMs: number;
  /** The others' lines must be as quick as those of the same load where nothing is broken. */
  readonly isCompared: boolean;
}

const SIZES: Readonly<Record<Scale, Sizes>> = {
  small: {
    agents: 10,
    everyMs: 250,
    windowSeconds: 0.25,
    isolationSeconds: 1,
    quietMs: 1_000,
    allowanceMs: 2_000,
    brokenMs: 2_000,
    isCompared: false,
  },
  full: {
    agents: 50,
    everyMs: 1_000,
    windowSeconds: 2,
    isolationSeconds: 10,
    quietMs: 2_000,
    allowanceMs: 15_000,
    brokenMs: 32_000,
    isCompared: true,
  },
};

export type Settings = Readonly<Record<string, string>>;

/** How an account breaks. */
export type Break =
  /** Its service does this from then on. */
  | { readonly kind: 'service'; readonly rules: readonly FaultRule[] }
  /** Agents begin to write whose settings are such. */
  | { readonly kind: 'settings'; readonly of: (good: Settings) => Promise<BadSettings> };

export interface BadSettings {
  /** The text of each agent's secret; undefined: it has none, and nothing of it is to be sent. */
  readonly secrets: readonly (string | undefined)[];
  readonly close?: () => Promise<void>;
}

interface BrokenAccount {
  readonly name: string;
  readonly note?: string;
  readonly breaks: Break;
  /** Its lines are delivered all the same. */
  readonly works?: boolean;
}

/** A row: at full scale the others must be as quick as those of a stage of their own. */
export function brokenAccount({ name, note, breaks, works = false }: BrokenAccount): Fault {
  return {
    group: 'isolation',
    name: `one account of 50: ${name}`,
    ...(note === undefined ? {} : { note }),
    beside: 'accounts',
    run: (scale) => play(SIZES[scale], { breaks, works }),
  };
}

interface Play {
  readonly breaks: Break;
  readonly works: boolean;
}

function play(sizes: Sizes, what: Play): Promise<Outcome> {
  const settings: StageOptions = {
    mapping: { maximumBatchingWindowInSeconds: sizes.windowSeconds },
    environment: { ISOLATION_LIMIT_SECONDS: String(sizes.isolationSeconds) },
  };
  if (!sizes.isCompared) return playBeside(undefined, sizes, { ...what, settings });
  return besideControl(sizes, settings, (control) => playBeside(control, sizes, { ...what, settings }));
}

async function playBeside(
  control: Latencies | undefined,
  sizes: Sizes,
  { breaks, works, settings }: Play & { readonly settings: StageOptions },
): Promise<Outcome> {
  const [broken = '', ...others] = agentNames(sizes.agents);
  const latencies = createLatencies((agent) => others.includes(agent));
  let p99Ms: Outcome['p99Ms'];
  const closing: (() => Promise<void>)[] = [];
  const act = async (stage: Stage): Promise<void> => {
    const good = stage.twin.drains[0]?.receiver?.settings ?? {};
    const account = await stage.receiver('datadog');
    setSecret(stage, 'default', undefined);
    for (const agent of others) setSecret(stage, agent, JSON.stringify(good));
    setSecret(stage, broken, JSON.stringify(account.settings));
    const agents = breaks.kind === 'service' ? [broken, ...others] : others;
    const writing = await inTurn(() => warmUp(stage, latencies, { agents, everyMs: sizes.everyMs }));
    await wait(sizes.quietMs);

    const brokeMs = Date.now();
    const requests = account.requests();
    const bad = breaks.kind === 'settings' ? await breaks.of(good) : undefined;
    if (bad?.close !== undefined) closing.push(bad.close);
    if (breaks.kind === 'service') account.faults.set(breaks.rules);
    const newcomers = (bad?.secrets ?? []).map((secret, i) => {
      const agent = `CA_new${i}`;
      setSecret(stage, agent, secret);
      return agent;
    });
    writing.join(...newcomers);
    await wait(sizes.allowanceMs + sizes.brokenMs);
    const endMs = Date.now();
    await writing.stop();
    await stage.settled();

    if (breaks.kind === 'service') assert.ok(account.requests() > requests, 'the fault was not met');
    const without = newcomers.filter((_, i) => bad?.secrets[i] === undefined);
    const parking = breaks.kind === 'service' ? [broken] : newcomers.filter((one) => !without.includes(one));
    assertParked(stage, works ? [] : parking, brokeMs);
    assertSkipped(stage, without.map(writing.linesOf));
    p99Ms = control && quickness({ quiet: control, broken: latencies }, brokeMs + sizes.allowanceMs, endMs);
  };
  try {
    const outcome = await onStage({ ...settings, onAccepted: (_, event) => latencies.add(event) }, act);
    return { ...takenOnce(outcome), p99Ms };
  } finally {
    for (const close of closing) await close();
  }
}

function setSecret({ twin }: Stage, agent: string, secret: string | undefined): void {
  const name = `${twin.environment['SECRET_PREFIX']}/${agent}/datadog`;
  if (secret === undefined) twin.secrets.remove(name);
  else twin.secrets.set(name, secret);
}

/** Of what arrived since the break, lines of each of these agents are set aside, and of no other. */
function assertParked(stage: Stage, agents: readonly string[], sinceMs: number): void {
  const found = agentsSetAside(stage, sinceMs).sort().join(', ');
  assert.equal(found, agents.join(', '), `lines were set aside of ${found}`);
}

/** No line more or less was skipped than was written for nobody. */
function assertSkipped({ twin }: Stage, lines: readonly number[]): void {
  const { sum } = twin.drains[0]?.metrics.metric('LinesSkipped') ?? { sum: 0 };
  assert.equal(
    sum,
    lines.reduce((all, one) => all + one, 0),
    'other lines were skipped',
  );
}
