import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';

const TSC = join('node_modules', 'typescript', 'bin', 'tsc');

/** How the construct is built. */
export function cdkBuild(outDir: string): BuildOptions {
  return {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    legalComments: 'none',
    logLevel: 'warning',
    entryPoints: ['cdk/log-drain.ts'],
    outfile: join(outDir, 'cdk', 'log-drain.mjs'),
  };
}

/** The construct for other apps, `cdk/log-drain.mjs`, with its types; libraries stay imports. */
export async function buildCdk(outDir: string): Promise<void> {
  await Promise.all([
    build(cdkBuild(outDir)),
    promisify(execFile)(process.execPath, [
      TSC,
      '-p',
      'tsconfig.cdk.json',
      '--outDir',
      join(outDir, 'cdk', 'types'),
    ]),
  ]);
}
