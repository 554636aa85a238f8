import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nextSteps } from '../../local/closing-words.ts';

const program = resolve('dist', 'log-drain.mjs');
const files = ['datadog.ndjson', 'syslog.ndjson'];

describe('where to look next', () => {
  it('has commands as somebody in this folder writes them, and pages that are there', () => {
    const steps = nextSteps({ program, cwd: process.cwd(), outDir: undefined, files });

    expect(steps).toContain('node dist/log-drain.mjs local -- python agent.py start');
    expect(steps).toContain('node dist/log-drain.mjs local --out out');
    expect(steps.at(-1)).toBe('# README.md, docs/local.md, docs/deploy.md');
    for (const step of steps) expect(step.length).toBeLessThan(80);
  });

  it('shows the files of --out', () => {
    const steps = nextSteps({ program, cwd: process.cwd(), outDir: "it's out", files });

    expect(steps).toContain(`head -n 3 'it'\\''s out/datadog.ndjson'`);
  });

  it('can be pasted into a shell wherever that is, but for its heading', () => {
    const steps = nextSteps({
      program: '/opt/log drain/dist/log-drain.mjs',
      cwd: '/tmp',
      outDir: undefined,
      files,
    });
    const commands = steps.filter((step) => step !== '' && !step.endsWith(':'));
    const script = ['node() { echo "$1"; }', ...commands].join('\n');

    const shown = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });

    expect(new Set(shown.trim().split('\n'))).toEqual(new Set(['/opt/log drain/dist/log-drain.mjs']));
  });
});
