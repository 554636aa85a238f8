import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, run, TSX, useFolders } from './own-folder.ts';
import { standInAssets } from './synthesize.ts';

/** A process that loads the CDK. */
const SLOW = { timeout: 240_000 };

const folder = useFolders();

/** A clone's folder after `npm run build`, with tiny stand-ins for the functions. */
function builtFolder(): string {
  const cwd = folder();
  const assets = standInAssets();
  cpSync(assets.root, join(cwd, 'dist', 'lambdas'), { recursive: true });
  assets.remove();
  return cwd;
}

/** Runs the app as the CDK command line does, with no home, credentials or region. */
function synth(cwd: string, context: Readonly<Record<string, unknown>>) {
  const cdkJson = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { readonly context: object };
  const env = {
    PATH: process.env['PATH'],
    HOME: cwd,
    CDK_OUTDIR: join(cwd, 'cdk.out'),
    CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context }),
  };
  return run(process.execPath, ['--import', TSX, join(ROOT, 'cdk', 'app.ts')], { cwd, env });
}

describe('the app', SLOW, () => {
  it('synthesizes what cdk.json says, for any account, without credentials', async () => {
    const cwd = builtFolder();

    await synth(cwd, {});

    const manifest = readFileSync(join(cwd, 'cdk.out', 'manifest.json'), 'utf8');
    expect(manifest).toContain('aws://unknown-account/unknown-region');
    expect(existsSync(join(cwd, 'cdk.out', 'log-drain.template.json'))).toBe(true);
  });

  it('says in one line that the functions are not built', async () => {
    const failed = synth(folder(), {});

    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^dist\/lambdas lacks the built functions .*: run "npm run build" first, .*\n$/,
      ),
    });
  });

  it('lists the mistakes of its context without a stack trace', async () => {
    const failed = synth(builtFolder(), {
      'log-drain': { destinations: ['datadog'], colour: 'red', stream: { shards: 0 } },
    });

    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^The context key log-drain [^\n]*:\n {2}- [^\n]*shards[^\n]*\n {2}- colour [^\n]*\n$/,
      ),
    });
  });
});
