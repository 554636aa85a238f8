import type { AgentRunEnd } from './agent-run.ts';
import type { ShipperEnd } from './ending.ts';
import { isLossless, type LocalResult, onTheWay } from './result.ts';
import type { Stopping } from './stop/stopping.ts';
import { allWord, linesWord } from './view/words.ts';

export interface Conclusion {
  readonly result: LocalResult;
  readonly shipper: ShipperEnd;
  /** The stream says that the agent was started. */
  readonly hasStarted: boolean;
  /** The agent is a command of whoever runs us, not the sample. */
  readonly isCommand: boolean;
  readonly stopping: Pick<Stopping, 'isStopped' | 'isHurried'>;
}

/**
 * 1 if lines were lost or something failed; 126 or 127 if the command could not be started. Lines that are still on
 * their way at the first Ctrl-C are no failure of the sample agent, which never ends by itself.
 */
export function exitCodeOf(conclusion: Conclusion): number {
  const { result, shipper, isCommand, stopping } = conclusion;
  const end = endOf(shipper);
  if (end !== undefined && couldNotStart(end, conclusion)) return end.exitCode;
  const isWorthWaiting = isCommand || stopping.isHurried();
  if (!isLossless(result) || (isWorthWaiting && onTheWay(result).length > 0)) return 1;
  if (shipper === 'said-nothing' && !stopping.isStopped()) return 1;
  return isCommand && wasStoppedBefore(conclusion) ? 1 : 0;
}

/** What a person should know beside the table. */
export function wordsOf(conclusion: Conclusion): readonly string[] {
  const { result, stopping } = conclusion;
  const open = wordsOnTheWay(result);
  return [
    ...(stopping.isHurried() ? ['ended at once, as you asked'] : []),
    ...wordsOnAgent(conclusion),
    ...(open === '' ? [] : [`still on their way to ${open}`]),
  ];
}

/** `datadog: 3 lines, syslog: 1 line`, or `all six destinations: 3 lines`. */
function wordsOnTheWay(result: LocalResult): string {
  const open = onTheWay(result);
  const ids = Object.keys(result.destinations);
  const [first] = open;
  if (first !== undefined && open.length === ids.length && open.every(([, lines]) => lines === first[1])) {
    return `${allWord(ids)}: ${linesWord(first[1])}`;
  }
  return open.map(([id, lines]) => `${id}: ${linesWord(lines)}`).join(', ');
}

function wordsOnAgent(conclusion: Conclusion): readonly string[] {
  const { shipper, isCommand, stopping, result } = conclusion;
  const agent = isCommand ? 'the command' : 'the sample agent';
  if (wasStoppedBefore(conclusion)) return [`${agent} was stopped before it had started`];
  if (stopping.isStopped()) return [];
  if (shipper === 'said-nothing') return [`the shipper ended without a word, and ${agent} with it`];
  const end = endOf(shipper);
  if (end === undefined || couldNotStart(end, conclusion)) return [];
  const how = end.signal === null ? `with code ${end.exitCode}` : `by ${end.signal}`;
  const { stdout, stderr } = result.lines;
  return [
    ...(end.exitCode === 0 ? [] : [`${agent} ended ${how}`]),
    ...(stdout + stderr > 0 ? [] : [`${agent} wrote nothing to stdout or stderr; does it log elsewhere?`]),
  ];
}

/** A signal may also end the shipper before that has started anything. */
function wasStoppedBefore({ shipper, hasStarted, result, stopping }: Conclusion): boolean {
  if (shipper === 'never-started') return true;
  const { stdout, stderr } = result.lines;
  return shipper === 'said-nothing' && stopping.isStopped() && !hasStarted && stdout + stderr === 0;
}

function endOf(shipper: ShipperEnd): AgentRunEnd | undefined {
  return typeof shipper === 'string' ? undefined : shipper;
}

/** A shell that finds no command ends with these codes too, and says so on its stderr. */
function couldNotStart(
  { exitCode, signal }: AgentRunEnd,
  { hasStarted, result }: Pick<Conclusion, 'hasStarted' | 'result'>,
): boolean {
  const { stdout, stderr } = result.lines;
  return !hasStarted && signal === null && [126, 127].includes(exitCode) && stdout + stderr === 0;
}
