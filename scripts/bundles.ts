import { chmod, copyFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { coreModules } from './core-modules.ts';
import { leanDependencies } from './lean-dependencies.ts';

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outExtension: { '.js': '.mjs' },
  splitting: true,
  minify: true,
  keepNames: false,
  legalComments: 'none',
  sourcemap: false,
  logLevel: 'warning',
  mainFields: ['module', 'main'],
  plugins: [leanDependencies, coreModules],
};

/** So old that it reads `log-drain.mjs` on any Node which images still have: there it says that it is too old. */
const ENTRY_TARGET = 'node12.22';

/** What `log-drain.mjs` loads on demand. */
const ON_DEMAND = {
  'open-pipeline': 'shipper/open-pipeline.ts',
  commands: 'cli/main.ts',
  help: 'cli/help.ts',
};

const onDemand: Plugin = {
  name: 'on-demand',
  setup: (bundle) => {
    const names = new Map(Object.entries(ON_DEMAND).map(([name, path]) => [resolve(path), name]));
    bundle.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      const name = kind === 'dynamic-import' ? names.get(resolve(resolveDir, path)) : undefined;
      return name === undefined ? undefined : { path: `./${name}.mjs`, external: true };
    });
  },
};

/**
 * `log-drain.mjs`, the shipper's `sender.mjs` and `sample-agent.mjs`, and what they load in chunks. All that comes before
 * the start of an agent is in the first alone: each further file would delay that by a millisecond. The sender shares
 * no chunk with the commands, since it would be cut into twice as many files, which cost it 1.5 MiB.
 */
export async function buildCli(outDir: string): Promise<void> {
  // Those of an earlier build have other names.
  await rm(join(outDir, 'chunks'), { recursive: true, force: true });
  await Promise.all([
    build({
      ...common,
      target: ENTRY_TARGET,
      splitting: false,
      plugins: [onDemand, leanDependencies, coreModules],
      entryPoints: { 'log-drain': 'cli/log-drain.ts' },
      outdir: outDir,
    }),
    build({
      ...common,
      entryPoints: { sender: 'shipper/sender/main.ts' },
      outdir: outDir,
      chunkNames: 'chunks/sender/[name]-[hash]',
    }),
    build({
      ...common,
      entryPoints: {
        ...ON_DEMAND,
        'sample-agent': 'local/sample-agent/main.ts',
      },
      outdir: outDir,
      chunkNames: 'chunks/[name]-[hash]',
    }),
  ]);
  await copyFile('shipper/launcher/log-drain.sh', join(outDir, 'log-drain'));
  for (const program of ['log-drain', 'log-drain.mjs']) await chmod(join(outDir, program), 0o755);
}

/** The folder of the function that is no destination's. */
export const REDRIVE = 'redrive';

/** How one function is built: a destination's, or redrive. */
export function lambdaBuild(id: string, outDir: string): BuildOptions {
  return {
    ...common,
    entryPoints: { index: `lambdas/${id}/handler.ts` },
    outdir: join(outDir, 'lambdas', id),
  };
}

/** The functions, the destinations' and redrive: `lambdas/<id>/index.mjs`. */
export async function buildLambdas(outDir: string): Promise<void> {
  const { MANIFESTS } = await import('../lambdas/registry.ts');
  await Promise.all([...MANIFESTS.map(({ id }) => id), REDRIVE].map((id) => build(lambdaBuild(id, outDir))));
}
