import type { DestinationResult, RedriveResult } from '../../lambdas/redrive/base/result.ts';
import { ageText, counted, sizeText } from '../base/output.ts';

/** What several invocations did, as if they were one: what is left is as the last one says. */
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
    objects: before.objects + after.objects,
    bytes: before.bytes + after.bytes,
    cleared: before.cleared + after.cleared,
    lines: before.lines + after.lines,
    failed: before.failed + after.failed,
    failedLines: before.failedLines + after.failedLines,
    setAside: before.setAside + after.setAside,
    onFailure: before.onFailure + after.onFailure,
  };
}

/** Nothing is left of what was asked for. */
export function isClear({ destinations, unknown, notDeployed }: RedriveResult): boolean {
  const isDone = Object.values(destinations).every(
    ({ state, garbled, onFailureLeft, waiting }) =>
      state === 'done' && garbled + onFailureLeft === 0 && Object.keys(waiting).length === 0,
  );
  return isDone && unknown === 0 && notDeployed.length === 0;
}

/** A line for each destination that is not done. */
export function progressOf({ destinations }: RedriveResult): string {
  return Object.entries(destinations)
    .map(([id, { state, lines, cleared }]) => {
      if (state === 'busy') return `${id}: another run is at it, waiting for its end\n`;
      if (state !== 'unfinished') return '';
      return `${id}: ${counted(lines, 'line')} sent, ${counted(cleared, 'object')} cleared so far\n`;
    })
    .join('');
}

/** What a dry run found. */
export function previewText(result: RedriveResult): string {
  const lines = Object.entries(result.destinations).map(([id, { objects, bytes, more, oldestMs }]) => {
    if (objects === 0 || oldestMs === undefined) return `${id}: nothing to send`;
    const age = ageText(Date.now() - oldestMs);
    const amount = `${more === true ? 'at least ' : ''}${counted(objects, 'object')}`;
    return `${id}: would send ${amount}, ${sizeText(bytes)}, the oldest ${age} old`;
  });
  return textOf([...lines, ...strangers(result)]);
}

/** What a run did. */
export function resultText(result: RedriveResult): string {
  const lines = Object.entries(result.destinations).map(([id, one]) => `${id}: ${whatHappened(one)}`);
  return textOf([...lines, ...strangers(result)]);
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function strangers({ unknown, notDeployed }: RedriveResult): readonly string[] {
  const lines = notDeployed.map(
    (id) => `${id}: lines are parked for it, but it is not deployed: deploy it again and they are sent`,
  );
  if (unknown === 0) return lines;
  const whose = unknown === 1 ? 'a function that is' : `${unknown} functions that are`;
  return [
    ...lines,
    `there are batches of ${whose} not this drain's: see log-drain parked list --kind expired`,
  ];
}

/** What the codes of a run mean, where the code alone does not tell what to do. */
const WORDS: Readonly<Record<string, string>> = {
  'no-settings': 'there are no settings for it (log-drain secrets set)',
  'not-tried': 'it was not tried',
  'failed-alone': 'objects failed alone and are tried last',
};

function whatHappened(one: DestinationResult): string {
  const { state, reason, lines, cleared, setAside, garbled, onFailureLeft, waiting } = one;
  if (state === 'busy') return 'another run is still at it: try again later';
  const parts = [`${counted(lines, 'line')} sent, ${counted(cleared, 'object')} cleared`];
  if (setAside > 0) parts.push(`${counted(setAside, 'object')} put behind the others`);
  for (const [why, agents] of Object.entries(waiting)) {
    const whose = agents === 1 ? 'one agent' : `${agents} agents`;
    parts.push(`lines of ${whose} are left: ${WORDS[why] ?? `${why} (log-drain parked show tells more)`}`);
  }
  if (garbled > 0) parts.push(`${counted(garbled, 'object')} cannot be read`);
  if (onFailureLeft > 0) parts.push(`${onFailureLeft} of Lambda's batches cannot be read`);
  if (state === 'unavailable') {
    parts.push(`stopped by ${reason ?? 'an error'} (log-drain doctor looks for the cause)`);
  }
  return parts.join('; ');
}
