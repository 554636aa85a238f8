import { type Outcome, outcome, type Rest } from '../destination/outcome.ts';
import type { HttpAnswer } from './connection.ts';
import { contradictsStatus } from './good-status.ts';
import type { HttpResult } from './post.ts';
import { restOfStatus } from './rest-of-status.ts';
import { retryAfterMs } from './retry-after.ts';

/** Where a service's answers say more than their status. */
export type JudgeAnswer = (answer: HttpAnswer, rest: Rest) => Outcome;

export interface JudgeOptions {
  /** When the request was sent, epoch ms: dates in Retry-After count from it. */
  readonly nowMs: number;
  /** Gets what the status alone means; default: that is all. */
  readonly judge?: JudgeAnswer;
}

/** Nobody can know what became of the request. */
export const BAD_ANSWER: Rest = { fate: 'retry', reason: 'bad-answer' };

/** Turns what came of a POST into an outcome for its lines. */
export function outcomeOfResult(result: HttpResult, options: JudgeOptions): Outcome {
  if (result.kind === 'fault') return outcome(result.rest, result.words);
  const rest = restOfStatus(result.status, retryAfterMs(result.headers['retry-after'], options.nowMs));
  if (rest.fate === 'delivered' && contradictsStatus(result)) return outcomeOfRest(result, BAD_ANSWER);
  return options.judge?.(result, rest) ?? outcomeOfRest(result, rest);
}

/** All lines share the fate; the service's words go along unless it took them. */
export function outcomeOfRest(answer: HttpAnswer, rest: Rest): Outcome {
  return rest.fate === 'delivered' ? outcome(rest) : outcome(rest, `${answer.status} ${answer.text}`.trim());
}
