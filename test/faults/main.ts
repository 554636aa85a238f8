import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Fault, Scale } from './fault.ts';
import { FAULTS } from './faults.ts';
import { isGood, type Row, replaceScoreboard, scoreboardOf } from './scoreboard.ts';

// tsx test/faults/main.ts [name or group…] [--small] [--json]: all rows unless some are named; all at full scale are
// written to the page. Exit code 1 if a line of any row is unaccounted for.
const PAGE = 'docs/scoreboard.md';
const JSON_FILE = 'docs/scoreboard.json';
/** Longer than any row takes, so that one that hangs says so. */
const ROW_LIMIT_MS = 240_000;

async function outcomeOf(fault: Fault, scale: Scale): Promise<Row['outcome']> {
  const limit = new AbortController();
  const late = wait(ROW_LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`no end within ${ROW_LIMIT_MS / 1000} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([fault.run(scale), late]);
  } catch (error) {
    return { error: error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : 'failed' };
  } finally {
    limit.abort();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const chosen = FAULTS.filter(
  ({ name, group }) =>
    positionals.length === 0 || positionals.some((text) => group === text || name.includes(text)),
);
if (chosen.length === 0) {
  process.stderr.write(
    `No fault is named so. There are:\n${FAULTS.map(({ name }) => `  ${name}`).join('\n')}\n`,
  );
  process.exit(2);
}
const scale = values.small ? 'small' : 'full';
const started = performance.now();
const rows: Row[] = [];
for (const fault of chosen) {
  const began = performance.now();
  const outcome = await outcomeOf(fault, scale);
  const seconds = (performance.now() - began) / 1000;
  const row = { group: fault.group, name: fault.name, note: fault.note, seconds, outcome };
  rows.push(row);
  process.stderr.write(
    `${isGood(row) ? 'good' : 'BAD '} ${seconds.toFixed(1)} s  ${fault.group}: ${fault.name}\n`,
  );
}
const conditions = {
  node: process.version,
  cores: cpus().length,
  date: new Date().toISOString().slice(0, 10),
  seconds: (performance.now() - started) / 1000,
};
const result = { conditions, rows };
if (chosen.length === FAULTS.length && scale === 'full') {
  writeFileSync(PAGE, replaceScoreboard(readFileSync(PAGE, 'utf8'), scoreboardOf(rows, conditions)));
  writeFileSync(JSON_FILE, `${JSON.stringify(result, undefined, 2)}\n`);
}
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${scoreboardOf(rows, conditions)}\n`);
process.exit(rows.every(isGood) ? 0 : 1);
