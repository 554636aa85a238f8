import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

/** A file, and what it must not import. Each rule of the linter is broken here at least once. */
const FORBIDDEN = [
  ['shared/base/probe.ts', '../level/words/levels.ts'],
  ['shared/level/probe.ts', '../base/lru.ts'],
  ['shared/level/words/probe.ts', '../../base/lru.ts'],
  ['shared/record/probe.ts', '../destination/contract.ts'],
  ['shared/proxy/probe.ts', '../destination/network.ts'],
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
  ['lambdas/redrive/base/probe.ts', '../agents/folders.ts'],
  ['lambdas/redrive/agents/probe.ts', '../../datadog/manifest.ts'],
  ['lambdas/redrive/sending/probe.ts', '../lanes/turns.ts'],
  ['lambdas/redrive/lanes/probe.ts', '../run.ts'],
  ['receivers/datadog/probe.ts', '../../lambdas/datadog/encode.ts'],
  ['receivers/datadog/other-probe.ts', '../../local/local-stack.ts'],
  ['receivers/datadog/third-probe.ts', '../splunk/events.ts'],
  ['receivers/datadog/fourth-probe.ts', '../../shared/base/lru.ts'],
  ['receivers/kit/probe.ts', '../datadog/receiver.ts'],
  ['receivers/kit/third-probe.ts', '../../shared/base/lru.ts'],
  ['receivers/kit/other-probe.ts', '../../local/local-stack.ts'],
  ['shipper/probe.ts', '../shared/http/post.ts'],
  ['shipper/batch/probe.ts', '../../lambdas/registry.ts'],
  ['shipper/base/probe.ts', '../batch/batch.ts'],
  ['shipper/protocol/probe.ts', '../base/logger.ts'],
  ['shipper/options/probe.ts', '../batch/batch.ts'],
  ['shipper/batch/other-probe.ts', '../queue/unsent-records.ts'],
  ['shipper/queue/probe.ts', '../sender-process/supervisor.ts'],
  ['shipper/sender-process/probe.ts', '../run.ts'],
  ['shipper/input/probe.ts', '../agent/child.ts'],
  ['shipper/agent/probe.ts', '../queue/unsent-records.ts'],
  ['shipper/sender/probe.ts', '../main.ts'],
  ['shipper/sender/kinesis/probe.ts', '../spool/spool.ts'],
  ['shipper/sender/spool/probe.ts', '../main.ts'],
  ['shipper/other-probe.ts', './sender/main.ts'],
  ['local/probe.ts', '../cli/main.ts'],
  ['engine/other-probe.ts', '../simulation/simulate.ts'],
  ['simulation/probe.ts', '../faults/faults.ts'],
  ['simulation/time/probe.ts', '../world/world.ts'],
  ['simulation/ledger/probe.ts', '../time/timeline.ts'],
  ['simulation/history/probe.ts', '../ledger/ledger.ts'],
  ['simulation/world/probe.ts', '../checks/liveness.ts'],
  ['simulation/checks/probe.ts', '../simulate.ts'],
  ['cli/probe.ts', '../cdk/stack.ts'],
  ['cli/base/probe.ts', '../../engine/engine.ts'],
  ['cli/doctor/probe.ts', '../commands.ts'],
  ['receivers/probe.ts', '../lambdas/datadog/encode.ts'],
  ['receivers/splunk/probe.ts', '../../shared/base/lru.ts'],
  ['local/mapping/probe.ts', '../../lambdas/registry.ts'],
  ['cdk/probe.ts', '../shared/record/decode.ts'],
] as const;

/** What the same rules allow. */
const ALLOWED = [
  ['shared/record/allowed.ts', '../level/words/levels.ts'],
  ['shared/destination/allowed.ts', '../proxy/proxy-for.ts'],
  ['shared/http/allowed.ts', '../destination/contract.ts'],
  ['shared/settings/allowed.ts', '../http/post.ts'],
  ['shared/parking/allowed.ts', '../record/decode.ts'],
  ['engine/send/allowed.ts', '../settle/apply-outcome.ts'],
  ['engine/allowed.ts', './send/agent-sender.ts'],
  ['lambdas/datadog/allowed.ts', './encode.ts'],
  ['lambdas/cloudwatch/handler.ts', '../../engine/handler.ts'],
  ['lambdas/allowed.ts', './datadog/manifest.ts'],
  ['lambdas/redrive/allowed.ts', '../registry.ts'],
  ['lambdas/redrive/lanes/allowed.ts', '../../registry.ts'],
  ['lambdas/redrive/lanes/other-allowed.ts', '../sending/send.ts'],
  ['receivers/datadog/allowed.ts', '../kit/body.ts'],
  ['receivers/allowed.ts', '../lambdas/registry.ts'],
  ['shipper/allowed.ts', '../shared/record/format.ts'],
  ['shipper/main.ts', '../shared/base/clock.ts'],
  ['shipper/queue/allowed.ts', '../batch/batch.ts'],
  ['shipper/sender/kinesis/allowed.ts', '../../../shared/proxy/proxy-for.ts'],
  ['shipper/sender/spool/allowed.ts', '../kinesis/put-loop.ts'],
  ['local/allowed.ts', '../receivers/receivers.ts'],
  ['cli/allowed.ts', '../local/command.ts'],
  ['cdk/allowed.ts', '../lambdas/registry.ts'],
] as const;

/** A file, and a statement in it that reads the machine's clock. */
const UNTIMED = [
  ['engine/send/timed.ts', 'export const at = Date.now();'],
  ['engine/requests/timed.ts', 'export const at = performance.now();'],
  ['engine/timed.ts', 'export const chance = Math.random();'],
  ['shared/parking/timed.ts', 'setTimeout(() => {}, 1);'],
  ['shared/settings/timed.ts', "export { setTimeout } from 'node:timers/promises';"],
  ['lambdas/redrive/timed.ts', 'export const signal = AbortSignal.timeout(1);'],
  ['local/mapping/timed.ts', 'setInterval(() => {}, 1);'],
  ['shipper/queue/timed.ts', "import { systemClock } from '../../shared/base/clock.ts';\nsystemClock.now();"],
  [
    'shipper/sender/kinesis/timed.ts',
    "import { setTimeout } from 'node:timers/promises';\nvoid setTimeout(1);",
  ],
] as const;

const rules = z.object({
  OVERRIDES: z.array(z.object({ files: z.array(z.string()), rules: z.record(z.string(), z.unknown()) })),
});
const findings = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string() })),
});

let dir: string;
let refused: ReadonlySet<string>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'import-rules-'));
  const table = pathToFileURL(resolve('scripts/import-rules.mjs')).href;
  const { OVERRIDES: overrides } = rules.parse(await import(table));
  await writeFile(join(dir, '.oxlintrc.json'), JSON.stringify({ categories: {}, overrides }));
  for (const [file, target] of [...FORBIDDEN, ...ALLOWED]) {
    await mkdir(join(dir, dirname(file)), { recursive: true });
    await writeFile(join(dir, file), `import { one } from '${target}';\nexport const two = one;\n`);
  }
  for (const [file, statement] of UNTIMED) {
    await mkdir(join(dir, dirname(file)), { recursive: true });
    await writeFile(join(dir, file), `${statement}\n`);
  }
  const output = await new Promise<string>((done) => {
    execFile(resolve('node_modules/.bin/oxlint'), ['--format', 'json', '.'], { cwd: dir }, (_, stdout) =>
      done(stdout),
    );
  });
  const { diagnostics } = findings.parse(JSON.parse(output));
  refused = new Set(
    diagnostics.filter(({ code }) => code.includes('no-restricted')).map(({ filename }) => filename),
  );
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('the linter', () => {
  it.each(FORBIDDEN)('refuses that %s imports %s', (file) => {
    expect(refused).toContain(file);
  });

  it.each(UNTIMED)('refuses in %s: %s', (file) => {
    expect(refused).toContain(file);
  });

  it.each(ALLOWED)('lets %s import %s', (file) => {
    expect(refused).not.toContain(file);
  });
});
