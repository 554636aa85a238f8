import { describe, expect, it } from 'vitest';
import { MANIFEST as CLOUDWATCH } from '../../lambdas/cloudwatch/manifest.ts';
import { MANIFEST as DATADOG } from '../../lambdas/datadog/manifest.ts';
import { checkEnd } from '../../simulation/checks/liveness.ts';
import { createConditions } from '../../simulation/history/conditions.ts';
import type { Trouble } from '../../simulation/history/trouble.ts';
import { createLedger, type LineFate } from '../../simulation/ledger/ledger.ts';
import { linesIn, textOf } from '../../simulation/ledger/lines.ts';
import { createOrderWatch } from '../../simulation/ledger/order.ts';
import { createRandom } from '../../simulation/time/random.ts';
import { createTimeline } from '../../simulation/time/timeline.ts';
import { createStore } from '../../simulation/world/bucket.ts';
import { type Arrived, createServices } from '../../simulation/world/service.ts';
import { createWatchedStream } from '../../simulation/world/stream.ts';
import type { World } from '../../simulation/world/world.ts';

function worldWith(troubles: readonly Trouble[] = []): World {
  const timeline = createTimeline(createRandom(1));
  return {
    timeline,
    random: createRandom(1),
    ledger: createLedger(timeline.now),
    conditions: createConditions(troubles, timeline.now),
  };
}

function write(world: World, agent = 'CA_a', nature: LineFate['nature'] = 'plain'): LineFate {
  return world.ledger.write({ agent, worker: 'W', boot: 'b0', nature });
}

const rules = ({ ledger }: World): readonly string[] => ledger.violations.map(({ rule }) => rule);

/** An object's body that holds these lines. */
function bodyOf(lines: readonly LineFate[]): string {
  const data = Buffer.from(lines.map((line) => `${textOf(line, 0)}\n`).join('')).toString('base64');
  return JSON.stringify({ Records: [{ kinesis: { data } }] });
}

describe('the bucket', () => {
  const UNSAFE = { isSafe: (line: LineFate) => line.deliveries.length > 0 || line.objects.length > 0 };

  it('misses lines when an object is written over by other content', () => {
    const world = worldWith();
    const store = createStore(world, UNSAFE);
    const lines = [write(world), write(world)];
    store.put('parked/x', bodyOf(lines));
    store.put('parked/x', bodyOf(lines.slice(1)));

    expect(rules(world)).toEqual(['lost-from-bucket']);
    expect(lines.map(({ objects }) => objects)).toEqual([[], ['parked/x']]);
  });

  it('misses lines when an object is removed before they are anywhere else', () => {
    const world = worldWith();
    const store = createStore(world, UNSAFE);
    const [kept, lost] = [write(world), write(world)];
    const etag = store.put('parked/x', bodyOf([kept, lost])) ?? '';
    store.put('parked/y', bodyOf([kept]));

    const isRemoved = store.remove('parked/x', etag);

    expect(isRemoved).toBe(true);
    expect(rules(world)).toEqual(['lost-from-bucket']);
  });

  it('writes and removes nothing under a condition that is not met', () => {
    const world = worldWith();
    const store = createStore(world, UNSAFE);
    const etag = store.put('k', '{}', null);

    expect(store.put('k', '{"a":1}', null)).toBeUndefined();
    expect(store.put('k', '{"a":1}', 'another')).toBeUndefined();
    expect(store.remove('k', 'another')).toBe(false);
    expect(store.get('k')).toEqual({ body: '{}', etag });
    expect(store.keys('')).toEqual(['k']);
  });
});

describe('the stream', () => {
  it('misses lines of a record that is passed before they are settled', () => {
    const world = worldWith();
    const stream = createWatchedStream(world, { shards: 1, isSettled: (line) => line.objects.length > 0 });
    const [safe, lost] = [write(world), write(world)];
    safe.objects = ['parked/x'];
    stream.put({ partitionKey: 'W', data: Buffer.from(`${textOf(safe, 0)}\n${textOf(lost, 0)}\n`) });
    const held = stream.holds(lost);
    const consumer = stream.view.consumer();
    const [shard] = stream.view.shards();
    consumer.passed(shard?.id ?? '', 1);

    expect(held).toBe(true);
    expect(stream.holds(lost)).toBe(false);
    expect(rules(world)).toEqual(['passed-unsettled']);
  });
});

describe('a service', () => {
  const order = (world: World) => createOrderWatch(world.ledger, DATADOG);

  function request(agent: string, lines: readonly LineFate[], container = 1): Arrived {
    const found = linesIn(lines.map((line) => textOf(line, 10)).join(' '));
    return { agent, token: '', lines: found, bytes: 100, events: found.length, container, invocation: 1 };
  }

  it('notices lines of another agent', () => {
    const world = worldWith();
    createServices(world, order(world)).receive(request('CA_a', [write(world, 'CA_b')]));

    expect(rules(world)).toEqual(['other-agents-bytes']);
  });

  it('takes a line twice only for a reason', () => {
    const world = worldWith();
    const services = createServices(world, order(world));
    const [doubted, elsewhere, sure] = [write(world), write(world), write(world)];
    services.receive(request('CA_a', [doubted]));
    for (const line of [elsewhere, sure]) services.receive(request('CA_a', [line])).confirm();

    services.receive(request('CA_a', [doubted]));
    services.receive(request('CA_a', [elsewhere], 2));
    const before = rules(world);
    services.receive(request('CA_a', [sure]));

    expect(before).toEqual([]);
    expect(rules(world)).toEqual(['delivered-twice']);
    expect([...world.ledger.notes.values()]).toEqual([1, 1]);
  });

  it('has a long line when it has both of its ends', () => {
    const world = worldWith();
    const services = createServices(world, order(world));
    const long = write(world, 'CA_a', 'long');
    const [start, end] = linesIn(textOf(long, 1_000));
    const part = (found: typeof start) => ({
      ...request('CA_a', []),
      lines: found === undefined ? [] : [found],
    });
    services.receive(part(end));
    services.receive(part(start));
    const halves = long.deliveries.length;
    services.receive(part(end));

    expect(halves).toBe(0);
    expect(long.deliveries).toHaveLength(1);
  });

  it.each([
    ['refused', 'misconfigured'],
    ['failing', 'retry'],
    ['throttled', 'retry'],
    ['unreachable', 'retry'],
    ['foreign-page', 'retry'],
    ['small-requests', 'split'],
    ['slow', 'delivered'],
  ] as const)('answers as one that is %s does', (kind, fate) => {
    const world = worldWith([{ kind, agent: 'CA_a', fromMs: 0, toMs: 10, degree: 0 }]);
    const asked = { ...request('CA_a', [write(world), write(world)]), bytes: 10_000 };
    const { outcome } = createServices(world, order(world)).receive(asked);

    expect(outcome?.rest.fate).toBe(fate);
  });

  it.each(['hanging', 'half-open'] as const)('does not answer as one that is %s', (kind) => {
    const world = worldWith([{ kind, agent: 'CA_a', fromMs: 0, toMs: 10, degree: 0 }]);
    const line = write(world);
    const { outcome } = createServices(world, order(world)).receive(request('CA_a', [line]));

    expect(outcome).toBeUndefined();
    expect(line.deliveries).toHaveLength(kind === 'half-open' ? 1 : 0);
  });

  it('refuses the whole request for a bad line, or names it', () => {
    const of = (kind: 'bad-lines' | 'named-bad-lines') => {
      const world = worldWith([{ kind, agent: 'CA_a', fromMs: 0, toMs: 10, degree: 0 }]);
      const lines = [write(world), write(world, 'CA_a', 'bad'), write(world)];
      const { outcome } = createServices(world, order(world)).receive(request('CA_a', lines));
      return { outcome, taken: lines.map(({ deliveries }) => deliveries.length) };
    };

    expect(of('bad-lines')).toMatchObject({ outcome: { rest: { fate: 'split' } }, taken: [0, 0, 0] });
    expect(of('named-bad-lines')).toMatchObject({
      outcome: { rejected: [{ from: 1, to: 2 }], rest: { fate: 'delivered' } },
      taken: [1, 0, 1],
    });
  });
});

describe('order', () => {
  const found = (...lines: readonly LineFate[]) => lines.map(({ id }) => ({ id, part: 'whole' as const }));

  it('is broken by a request with a later line before an earlier one', () => {
    const world = worldWith();
    const [first, second] = [write(world), write(world)];
    const watch = createOrderWatch(world.ledger, DATADOG);
    watch.arrived(found(first, second));
    const before = rules(world);
    watch.arrived(found(second, first));

    expect(before).toEqual([]);
    expect(rules(world)).toEqual(['out-of-order']);
  });

  it('is promised from request to request where a worker has one at a time', () => {
    const brokenIn = (manifest: Parameters<typeof createOrderWatch>[1]): readonly string[] => {
      const world = worldWith();
      const [first, second] = [write(world), write(world)];
      const watch = createOrderWatch(world.ledger, manifest);
      watch.taken(second, 1);
      watch.taken(first, 1);
      return rules(world);
    };

    expect(brokenIn(CLOUDWATCH)).toEqual(['out-of-order']);
    expect(brokenIn(DATADOG)).toEqual([]);
  });
});

describe('the end', () => {
  it('misses lines that were never delivered, and good ones that were rejected', () => {
    const world = worldWith();
    const [fine, stuck, good, bad, skipped] = [
      write(world),
      write(world),
      write(world),
      write(world, 'CA_a', 'bad'),
      write(world, 'CA_off'),
    ] as const;
    for (const line of world.ledger.lines) line.copies = 1;
    fine.deliveries = [{ atMs: 1, container: 1, invocation: 1, confirmed: true }];
    stuck.objects = ['parked/x'];
    good.objects = ['rejected/x'];
    bad.objects = ['rejected/y'];

    checkEnd(world, { isSkipped: ({ agent }) => agent === 'CA_off', isHeld: () => false });

    expect(world.ledger.violations.map(({ rule, what }) => `${rule} ${/line \d+/.exec(what)?.[0]}`)).toEqual([
      `never-delivered line ${stuck.id}`,
      `rejected-good line ${good.id}`,
    ]);
    expect(skipped.deliveries).toEqual([]);
  });
});
