import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
  const made = mkdtempSync(join(tmpdir(), 'log-drain-package-'));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
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
