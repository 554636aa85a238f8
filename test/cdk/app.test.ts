import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { standInAssets } from './synthesize.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const run = promisify(execFile);
/** Several processes, each of which loads the CDK or the compiler. */
const SLOW = { timeout: 240_000 };

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'log-drain-app-'));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

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

describe('agent-log-drain/cdk', SLOW, () => {
  it('is built with types that another app compiles against, and finds the functions beside it', async () => {
    const cwd = folder();
    const modules = join(cwd, 'node_modules');
    const installed = join(modules, 'agent-log-drain');
    mkdirSync(installed, { recursive: true });
    for (const name of ['aws-cdk-lib', 'constructs', 'zod', '@types']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    }
    await run(
      process.execPath,
      ['--import', TSX, 'scripts/build.ts', '--out', join(installed, 'dist'), 'cdk'],
      { cwd: ROOT },
    );
    const assets = standInAssets();
    cpSync(assets.root, join(installed, 'dist', 'lambdas'), { recursive: true });
    assets.remove();
    cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
    writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(cwd, 'app.ts'),
      `import { LogDrain, type LogDrainProps } from 'agent-log-drain/cdk';
       import { App, Stack } from 'aws-cdk-lib';
       import { Stream } from 'aws-cdk-lib/aws-kinesis';

       const stack = new Stack(new App({ outdir: 'cdk.out' }), 'Mine');
       const stream = new Stream(stack, 'Stream');
       const props: LogDrainProps = { destinations: ['datadog'], stream: { arn: stream.streamArn }, stallLimitSeconds: 600 };
       const drain = new LogDrain(stack, 'LogDrain', props);
       // @ts-expect-error papertrail is no destination
       const wrong: LogDrainProps = { destinations: ['papertrail'] };
       console.log(wrong.destinations.length, Object.keys(drain.functions), drain.dashboard.node.path);
      `,
    );
    const compiler = [
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--strict',
      '--types',
      'node',
      '--noEmit',
      'app.ts',
    ];

    const compiled = await run(
      process.execPath,
      [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), ...compiler],
      { cwd },
    );
    const { stdout } = await run(process.execPath, ['--import', TSX, 'app.ts'], {
      cwd,
      // CloudFormation's own rules are checked where the repository's app is synthesized.
      env: { PATH: process.env['PATH'], CDK_VALIDATION: 'false' },
    });

    expect(compiled.stdout).toBe('');
    expect(stdout).toBe("1 [ 'datadog' ] Mine/LogDrain/Watch/Dashboard\n");
  });
});
