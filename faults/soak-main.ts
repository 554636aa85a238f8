import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { replaceSection } from './scoreboard.ts';
import { soakSection } from './soak/page.ts';
import { soak } from './soak/soak.ts';
import { textOf } from './stage/evidence.ts';

// tsx faults/soak-main.ts --minutes N [--seed S] [--record]: prints what came of it, and writes it to the page if
// told to. Exit code 1 if a line is unaccounted for.
const PAGE = 'docs/scoreboard.md';
/** Longer than all that may be left to do at the end. */
const PATIENCE_MS = 10 * 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('Usage: npm run soak -- --minutes N [--seed INTEGER] [--record]\n');
  process.exit(2);
}
process.stderr.write(`seed ${seed}\n`);
const started = performance.now();
const late = setTimeout(
  () => {
    process.stderr.write('no end\n');
    process.exit(1);
  },
  minutes * 60_000 + PATIENCE_MS,
);
const options = { seconds: minutes * 60, seed };
const result = await soak({
  ...options,
  onTrouble: (name) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stderr.write(`${seconds} s: ${name}\n`);
  },
});
clearTimeout(late);
const section = soakSection(options, result);
if (values.record) writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), 'soak', section));
process.stdout.write(`${section}\n`);
const isGood = result.outcome.unaccounted === 0;
if (!isGood) process.stderr.write(`${textOf(result.outcome)}\n`);
process.exit(isGood ? 0 : 1);
