import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, run, TSX, useFolders } from './own-folder.ts';
import { standInAssets } from './synthesize.ts';

/** Several processes, each of which loads the CDK or the compiler. */
const SLOW = { timeout: 240_000 };

const folder = useFolders();

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
