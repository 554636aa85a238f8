import { execFile } from 'node:child_process';
import { judgeAudit } from './audit/judge.ts';

/**
 * Asks the registry for known weaknesses of what is shipped, and fails for those that are high or critical. Where the
 * registry cannot tell, it says so and does not fail: a clone that works offline is worth more than a red check.
 */
const ARGS = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=30000'];

/** Its exit code is 1 for findings as for failures: what it printed tells them apart. */
function npmAudit(): Promise<string> {
  const options = { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 };
  return new Promise((resolve) => execFile('npm', ARGS, options, (_error, stdout) => resolve(stdout)));
}

const verdict = judgeAudit(await npmAudit());
if (verdict.kind === 'did-not-run') {
  process.stdout.write(`Audit of dependencies did not run: ${verdict.why}.\n`);
} else {
  const { packages, serious, others } = verdict;
  const found = `${serious.length} serious and ${others} other weaknesses are known`;
  process.stdout.write(`Audit of dependencies: ${found} in ${packages} packages.\n`);
  for (const one of serious) process.stdout.write(`  ${one}\n`);
  if (serious.length > 0) process.exitCode = 1;
}
