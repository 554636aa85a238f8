import type { DestinationResult, RedriveResult } from '../../lambdas/redrive/result.ts';
import { ageText, counted, sizeText } from '../base/output.ts';

/**
 * What several invocations did, as if they were one. Each tries an object at most once, so that failures add up; an
 * object that failed in an earlier one waits in the later ones.
 */
export function together(before: RedriveResult | undefined, after: RedriveResult): RedriveResult {
  if (before === undefined) return after;
  const destinations = Object.entries(after.destinations).map(([id, one]) => {
    const earlier = before.destinations[id as keyof typeof before.destinations];
    return [id, earlier === undefined ? one : joined(earlier, one)] as const;
  });
  return { ...after, startedMs: before.startedMs, destinations: Object.fromEntries(destinations) };
}

function joined(before: DestinationResult, after: DestinationResult): DestinationResult {
  return {
    ...after,
    cleared: before.cleared + after.cleared,
    lines: before.lines + after.lines,
    failed: before.failed + after.failed,
    failedLines: before.failedLines + after.failedLines,
    waiting: Math.max(0, after.waiting - before.failed),
  };
}

/** Nothing is left of what was asked for. */
export function isClear({ destinations, unknown, onFailureTrouble }: RedriveResult): boolean {
  const isDone = Object.values(destinations).every(
    ({ state, failed, garbled, waiting }) => state === 'done' && failed + garbled + waiting === 0,
  );
  return isDone && unknown === 0 && onFailureTrouble === undefined;
}

/** A line for each destination that is not done. */
export function progressOf({ destinations }: RedriveResult): string {
  return Object.entries(destinations)
    .map(([id, { state, lines, waiting }]) => {
      if (state === 'busy') return `${id}: another run is at it, waiting for its end\n`;
      if (state !== 'unfinished') return '';
      return `${id}: ${counted(lines, 'line')} sent, ${counted(waiting, 'object')} to go\n`;
    })
    .join('');
}

/** What a dry run found. */
export function previewText({ destinations, unknown }: RedriveResult): string {
  const lines = Object.entries(destinations).map(([id, { objects, bytes, oldestMs }]) => {
    if (objects === 0 || oldestMs === undefined) return `${id}: nothing to send`;
    const age = ageText(Date.now() - oldestMs);
    return `${id}: would send ${counted(objects, 'object')}, ${sizeText(bytes)}, the oldest ${age} old`;
  });
  return textOf([...lines, ...unknownLines(unknown)]);
}

/** What a run did. */
export function resultText({ destinations, unknown, onFailureTrouble }: RedriveResult): string {
  const lines = Object.entries(destinations).map(([id, one]) => `${id}: ${whatHappened(one)}`);
  const trouble = `the batches that Lambda put aside could not all be looked at (${onFailureTrouble}): try again`;
  return textOf([...lines, ...unknownLines(unknown), ...(onFailureTrouble === undefined ? [] : [trouble])]);
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function unknownLines(unknown: number): readonly string[] {
  if (unknown === 0) return [];
  const what = unknown === 1 ? '1 batch is' : `${unknown} batches are`;
  return [
    `${what} garbled, or of functions that are not this drain's: see log-drain parked list --kind expired`,
  ];
}

function whatHappened(one: DestinationResult): string {
  const { state, reason, lines, cleared, failed, failedLines, waiting, garbled } = one;
  if (state === 'busy') return 'another run is still at it: try again later';
  const parts = [`${counted(lines, 'line')} sent, ${counted(cleared, 'object')} cleared`];
  if (failed > 0) {
    const what = `${counted(failed, 'object')} with ${counted(failedLines, 'line')} failed again`;
    parts.push(`${what} (log-drain parked show tells why)`);
  }
  if (waiting > 0) parts.push(`${counted(waiting, 'object')} not tried`);
  if (garbled > 0) parts.push(`${counted(garbled, 'object')} cannot be read`);
  if (state === 'unavailable') {
    parts.push(`stopped by ${reason ?? 'an error'} (log-drain doctor looks for the cause)`);
  }
  return parts.join('; ');
}
