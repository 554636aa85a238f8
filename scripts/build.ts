import { rmSync } from 'node:fs';
import { build } from 'esbuild';
import { MANIFESTS } from '../lambdas/registry.ts';

/** CommonJS packages inside an ESM bundle still call require. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

rmSync('dist', { recursive: true, force: true });

const common = {
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
} as const;

await Promise.all([
  build({
    ...common,
    entryPoints: { 'log-drain': 'cli/log-drain.ts', sender: 'shipper/sender/main.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: REQUIRE_BANNER },
    packages: 'bundle',
  }),
  ...MANIFESTS.map(({ id }) =>
    build({
      ...common,
      entryPoints: { index: `lambdas/${id}/handler.ts` },
      outdir: `dist/lambdas/${id}`,
      banner: { js: REQUIRE_BANNER },
    }),
  ),
]);
