import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDestination } from '../../lambdas/load-destination.ts';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { STAND_INS } from '../../local/fault-script.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import { isDestinationId } from '../../shared/parking/destination-id.ts';
import { partsOf } from './parts.ts';

const IDS = MANIFESTS.map(({ id }) => id);

describe('the registry', () => {
  it('names every folder of lambdas/ that has a manifest, and each once', () => {
    const folders = readdirSync('lambdas').filter((name) => existsSync(`lambdas/${name}/manifest.ts`));

    const missing = folders.filter((name) => !IDS.some((id) => id === name));
    expect(missing, 'lambdas/registry.ts has no line for these folders').toEqual([]);
    expect(new Set(IDS).size).toBe(IDS.length);
  });

  it('has no title twice: alarms and the dashboard tell destinations apart by it', () => {
    expect(new Set(MANIFESTS.map(({ title }) => title)).size).toBe(MANIFESTS.length);
  });

  it('has no id whose role may read the secrets of another', () => {
    // A role may read `<id>-??????`: Secrets Manager adds six characters to a name.
    const readable = IDS.flatMap((id) => IDS.filter((other) => new RegExp(`^${id}-.{6}$`).test(other)));
    expect(readable).toEqual([]);
  });

  it.each(IDS)('gives %s an id that fits into keys of parked objects and means nothing else', (id) => {
    expect(
      isDestinationId(id),
      `lambdas/${id}/manifest.ts: shared/parking/destination-id.ts forbids the id`,
    ).toBe(true);
    expect(['redrive', ...STAND_INS], `lambdas/${id}/manifest.ts: the id is taken`).not.toContain(id);
  });
});

describe.each(IDS)('%s', (id) => {
  it.each(partsOf(id))('has $path: $what', async ({ path, exports, what }) => {
    expect(existsSync(path), `${path} is missing: ${what}`).toBe(true);
    if (exports === undefined) return;
    const loaded = (await import(resolve(path))) as Readonly<Record<string, unknown>>;
    expect(Object.keys(loaded), `${path} does not export ${exports}: ${what}`).toContain(exports);
  });

  it('is what its folder says', async () => {
    expect((await loadDestination(id)).manifest).toBe(MANIFESTS.find((manifest) => manifest.id === id));
  });

  it('has a receiver that is registered, and to which settings of its own lead', async () => {
    expect(Object.keys(RECEIVERS), `receivers/receivers.ts has no line for ${id}`).toContain(id);
    const { parse } = await loadDestination(id);
    const receiver = await RECEIVERS[id].start(() => undefined);
    await receiver.close();
    const at = RECEIVERS[id].settingsAt({
      scheme: 'https',
      authority: 'example.com:6514',
      key: '0123456789abcdef0123456789abcdef',
    });

    expect(receiver.id).toBe(id);
    expect([parse(receiver.settings), parse(at)]).toMatchObject([
      { kind: 'on', unknown: [] },
      { kind: 'on', unknown: [] },
    ]);
  });
});

describe('receivers', () => {
  it('stand for destinations that there are', () => {
    expect(Object.keys(RECEIVERS).toSorted()).toEqual(IDS.toSorted());
  });
});
