import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../../lambdas/registry.ts';
import { cdkBuild } from '../../scripts/build-cdk.ts';
import { lambdaBuild, REDRIVE } from '../../scripts/bundles.ts';

/** Our own files that go into a build. */
async function inputsOf(options: Parameters<typeof build>[0]): Promise<readonly string[]> {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  return Object.keys(metafile?.inputs ?? {}).filter((path) => /^[a-z]+\/.*\.ts$/.test(path));
}

const roomOf = (path: string): string => path.split('/')[0] ?? '';
const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted();
const isManifest = (path: string): boolean => path.endsWith('/manifest.ts') || path === 'lambdas/registry.ts';

describe('a function is built from nothing but what it runs:', () => {
  it.each(MANIFESTS.map(({ id }) => id))('%s, from its own folder, engine and shared', async (id) => {
    const inputs = await inputsOf(lambdaBuild(id, 'out'));

    expect(unique(inputs.map(roomOf))).toEqual(['engine', 'lambdas', 'shared']);
    const others = inputs.filter((path) => roomOf(path) === 'lambdas' && !path.startsWith(`lambdas/${id}/`));
    expect(others).toEqual([]);
  });

  it('redrive, from its own folder, the manifests and shared', async () => {
    const inputs = await inputsOf(lambdaBuild(REDRIVE, 'out'));

    expect(unique(inputs.map(roomOf))).toEqual(['lambdas', 'shared']);
    const others = inputs.filter(
      (path) => roomOf(path) === 'lambdas' && !path.startsWith('lambdas/redrive/'),
    );
    expect(others.filter((path) => !isManifest(path))).toEqual([]);
  });
});

describe('the construct', () => {
  it('is built from cdk, the manifests and shared', async () => {
    const inputs = await inputsOf(cdkBuild('out'));

    expect(unique(inputs.map(roomOf))).toEqual(['cdk', 'lambdas', 'shared']);
    expect(inputs.filter((path) => roomOf(path) === 'lambdas' && !isManifest(path))).toEqual([]);
  });
});
