import { type Trouble } from './history/trouble.ts';
import type { SimulationOptions, SimulationResult } from './simulate.ts';

/** The command that plays a history again. */
export function commandOf(options: SimulationOptions): string {
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`--${name} ${Array.isArray(value) ? value.join(',') || 'none' : String(value)}`],
  );
  return `npm run simulate -- ${flags.join(' ')}`;
}

function clockOf(ms: number): string {
  if (ms === Infinity) return 'the end';
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

function troubleText({ kind, agent, fromMs, toMs }: Trouble, at: number): string {
  return `  ${clockOf(fromMs)} to ${clockOf(toMs)}  ${kind}${agent === undefined ? '' : ` (${agent})`}  [${at}]`;
}

/** What went wrong in a history, and in which. */
export function failureText(options: SimulationOptions, result: SimulationResult): string {
  const happened = result.troubles.flatMap((trouble, at) =>
    (options.only?.includes(at) ?? true) ? [troubleText(trouble, at)] : [],
  );
  const broken = result.violations.map(({ atMs, rule, what }) => `  ${clockOf(atMs)}  ${rule}: ${what}`);
  return [
    `Seed ${result.seed} (${result.destination}) fails.`,
    'Troubles:',
    ...(happened.length === 0 ? ['  none'] : happened),
    'What is wrong, first to last:',
    ...broken,
    `Again: ${commandOf(options)}`,
  ].join('\n');
}

/** Sums of many histories. */
export interface Sums {
  seeds: number;
  failed: number;
  hours: number;
  lines: number;
  steps: number;
  readonly notes: Record<string, number>;
}

export function noSums(): Sums {
  return { seeds: 0, failed: 0, hours: 0, lines: 0, steps: 0, notes: {} };
}

export function addTo(
  sums: Sums,
  { simulatedHours, lines, steps, notes, violations }: SimulationResult,
): void {
  sums.seeds += 1;
  sums.failed += violations.length > 0 ? 1 : 0;
  sums.hours += simulatedHours;
  sums.lines += lines;
  sums.steps += steps;
  for (const [what, count] of notes) sums.notes[what] = (sums.notes[what] ?? 0) + count;
}

export function merge(sums: Sums, other: Sums): void {
  sums.seeds += other.seeds;
  sums.failed += other.failed;
  sums.hours += other.hours;
  sums.lines += other.lines;
  sums.steps += other.steps;
  for (const [what, count] of Object.entries(other.notes)) sums.notes[what] = (sums.notes[what] ?? 0) + count;
}

/** Lines that were delivered more than once, by the reason. */
function repeatsText({ notes }: Sums): string {
  const repeats = Object.entries(notes).filter(([what]) => what.startsWith('repeated'));
  return repeats.map(([what, count]) => `${count} ${what}`).join(', ') || 'none';
}

export function sumsText(sums: Sums): string {
  const { seeds, failed, hours, lines, steps } = sums;
  return [
    `${seeds} histories, ${Math.round(hours)} simulated hours, ${lines} lines, ${steps} steps; ${failed} failed.`,
    `Lines that a service took once more: ${repeatsText(sums)}.`,
  ].join('\n');
}
