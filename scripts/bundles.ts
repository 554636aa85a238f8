import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { leanDependencies } from './lean-dependencies.ts';

/** CommonJS packages inside an ESM bundle still call require. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

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
  plugins: [leanDependencies],
  banner: { js: REQUIRE_BANNER },
};

/** `log-drain.mjs`, the shipper's `sender.mjs` and `sample-agent.mjs`, with their chunks beside them. */
export async function buildCli(outDir: string): Promise<void> {
  await build({
    ...common,
    entryPoints: {
      'log-drain': 'cli/log-drain.ts',
      sender: 'shipper/sender/main.ts',
      'sample-agent': 'local/sample-agent/main.ts',
    },
    outdir: outDir,
    chunkNames: 'chunks/[name]-[hash]',
  });
  await chmod(join(outDir, 'log-drain.mjs'), 0o755);
}

/** The functions, the destinations' and redrive: `lambdas/<id>/index.mjs`. */
export async function buildLambdas(outDir: string): Promise<void> {
  const { MANIFESTS } = await import('../lambdas/registry.ts');
  await Promise.all(
    [...MANIFESTS.map(({ id }) => id), 'redrive'].map((id) =>
      build({
        ...common,
        entryPoints: { index: `lambdas/${id}/handler.ts` },
        outdir: join(outDir, 'lambdas', id),
      }),
    ),
  );
}
