import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

/** A file, and what it must not import. Each rule of the linter is broken here at least once. */
const FORBIDDEN = [
  ['shared/base/probe.ts', '../level/words/levels.ts'],
  ['shared/level/probe.ts', '../base/lru.ts'],
  ['shared/level/words/probe.ts', '../../base/lru.ts'],
  ['shared/record/probe.ts', '../destination/contract.ts'],
  ['shared/destination/probe.ts', '../record/decode.ts'],
  ['shared/http/probe.ts', '../settings/parse.ts'],
  ['shared/settings/probe.ts', '../parking/bucket.ts'],
  ['shared/telemetry/probe.ts', '../destination/contract.ts'],
  ['shared/parking/probe.ts', '../telemetry/telemetry.ts'],
  ['shared/parking/other-probe.ts', '../../engine/engine.ts'],
  ['engine/decode/probe.ts', '../requests/request.ts'],
  ['engine/requests/probe.ts', '../agent/agent-state.ts'],
  ['engine/agent/probe.ts', '../settle/park.ts'],
  ['engine/settle/probe.ts', '../send/attempt.ts'],
  ['engine/send/probe.ts', '../container.ts'],
  ['engine/probe.ts', '../lambdas/registry.ts'],
  ['lambdas/datadog/probe.ts', '../../engine/engine.ts'],
  ['lambdas/datadog/other-probe.ts', '../splunk/encode.ts'],
  ['lambdas/datadog/third-probe.ts', '../../shared/parking/bucket.ts'],
  ['lambdas/datadog/handler.ts', '../splunk/handler.ts'],
  ['lambdas/splunk/handler.ts', '../../receivers/receivers.ts'],
  ['lambdas/probe.ts', './datadog/encode.ts'],
  ['lambdas/redrive/probe.ts', '../datadog/manifest.ts'],
  ['lambdas/redrive/other-probe.ts', '../../engine/engine.ts'],
  ['receivers/datadog/probe.ts', '../../lambdas/datadog/encode.ts'],
  ['receivers/datadog/other-probe.ts', '../../local/local-stack.ts'],
  ['receivers/datadog/third-probe.ts', '../splunk/events.ts'],
  ['receivers/datadog/fourth-probe.ts', '../../shared/base/lru.ts'],
  ['receivers/kit/probe.ts', '../datadog/receiver.ts'],
  ['receivers/kit/third-probe.ts', '../../shared/base/lru.ts'],
  ['receivers/kit/other-probe.ts', '../../local/local-stack.ts'],
  ['shipper/probe.ts', '../shared/http/post.ts'],
  ['shipper/batch/probe.ts', '../../lambdas/registry.ts'],
  ['local/probe.ts', '../cli/main.ts'],
  ['cli/probe.ts', '../cdk/stack.ts'],
  ['cli/base/probe.ts', '../../engine/engine.ts'],
  ['cdk/probe.ts', '../shared/record/decode.ts'],
] as const;

/** What the same rules allow. */
const ALLOWED = [
  ['shared/record/allowed.ts', '../level/words/levels.ts'],
  ['shared/http/allowed.ts', '../destination/contract.ts'],
  ['shared/settings/allowed.ts', '../http/post.ts'],
  ['shared/parking/allowed.ts', '../record/decode.ts'],
  ['engine/send/allowed.ts', '../settle/apply-outcome.ts'],
  ['engine/allowed.ts', './send/agent-sender.ts'],
  ['lambdas/datadog/allowed.ts', './encode.ts'],
  ['lambdas/cloudwatch/handler.ts', '../../engine/handler.ts'],
  ['lambdas/allowed.ts', './datadog/manifest.ts'],
  ['lambdas/redrive/allowed.ts', '../registry.ts'],
  ['receivers/datadog/allowed.ts', '../kit/body.ts'],
  ['receivers/allowed.ts', '../lambdas/registry.ts'],
  ['shipper/allowed.ts', '../shared/record/format.ts'],
  ['local/allowed.ts', '../receivers/receivers.ts'],
  ['cli/allowed.ts', '../local/command.ts'],
  ['cdk/allowed.ts', '../lambdas/registry.ts'],
] as const;

const configuration = z.object({
  overrides: z.array(z.object({ files: z.array(z.string()), rules: z.record(z.string(), z.unknown()) })),
});
const findings = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })),
});

let dir: string;
let refused: ReadonlySet<string>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'import-rules-'));
  const { overrides } = configuration.parse(JSON.parse(await readFile('.oxlintrc.json', 'utf8')));
  const rules = overrides.filter((override) => 'no-restricted-imports' in override.rules);
  await writeFile(join(dir, '.oxlintrc.json'), JSON.stringify({ categories: {}, overrides: rules }));
  for (const [file, target] of [...FORBIDDEN, ...ALLOWED]) {
    await mkdir(join(dir, dirname(file)), { recursive: true });
    await writeFile(join(dir, file), `import { one } from '${target}';\nexport const two = one;\n`);
  }
  const output = await new Promise<string>((done) => {
    execFile(resolve('node_modules/.bin/oxlint'), ['--format', 'json', '.'], { cwd: dir }, (_, stdout) =>
      done(stdout),
    );
  });
  const { diagnostics } = findings.parse(JSON.parse(output));
  refused = new Set(
    diagnostics.filter(({ code }) => code.includes('no-restricted-imports')).map(({ filename }) => filename),
  );
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('the linter', () => {
  it.each(FORBIDDEN)('refuses that %s imports %s', (file) => {
    expect(refused).toContain(file);
  });

  it.each(ALLOWED)('lets %s import %s', (file) => {
    expect(refused).not.toContain(file);
  });
});
