import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FAULTS } from './faults.ts';
import { isGood, type Row, replaceSection, scoreboardOf } from './scoreboard.ts';
import { textOf } from './stage/evidence.ts';
import type { Fault, Scale } from './stage/fault.ts';

// tsx faults/main.ts [name or group…] [--small] [--json]: all rows unless some are named; all at full scale are
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
    const lacking = fault.lacks?.();
    if (lacking !== undefined) throw new Error(lacking);
    return await Promise.race([fault.run(scale), late]);
  } catch (error) {
    return { error: error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : 'failed' };
  } finally {
    limit.abort();
  }
}

async function rowOf(fault: Fault, scale: Scale): Promise<Row> {
  const began = performance.now();
  const outcome = await outcomeOf(fault, scale);
  const seconds = (performance.now() - began) / 1000;
  const row = { group: fault.group, name: fault.name, note: fault.note, seconds, outcome };
  const verdict = isGood(row) ? 'good' : 'BAD ';
  process.stderr.write(`${verdict} ${seconds.toFixed(1)} s  ${fault.group}: ${fault.name}\n`);
  if (!isGood(row)) process.stderr.write(`${'error' in outcome ? outcome.error : textOf(outcome)}\n`);
  return row;
}

/** Neighbours that may be played at the same time, together; all others alone. */
function playedTogether(faults: readonly Fault[]): Fault[][] {
  const turns: Fault[][] = [];
  for (const fault of faults) {
    const last = turns.at(-1);
    if (fault.beside !== undefined && last?.[0]?.beside === fault.beside) last.push(fault);
    else turns.push([fault]);
  }
  return turns;
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
for (const faults of playedTogether(chosen)) {
  rows.push(...(await Promise.all(faults.map((fault) => rowOf(fault, scale)))));
}
const conditions = {
  node: process.version,
  cores: cpus().length,
  date: new Date().toISOString().slice(0, 10),
  seconds: (performance.now() - started) / 1000,
};
const result = { conditions, rows };
if (chosen.length === FAULTS.length && scale === 'full') {
  writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), 'faults', scoreboardOf(rows, conditions)));
  writeFileSync(JSON_FILE, `${JSON.stringify(result, undefined, 2)}\n`);
}
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${scoreboardOf(rows, conditions)}\n`);
process.exit(rows.every(isGood) ? 0 : 1);
