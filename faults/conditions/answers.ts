import { strict as assert } from 'node:assert';
import type { DestinationId } from '../../lambdas/registry.ts';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import { RECEIVERS } from '../../receivers/receivers.ts';
import type { Stage } from '../stage/stage.ts';
import { ALL } from './destinations.ts';

/** By destination. */
export type Rules = Readonly<Partial<Record<DestinationId, readonly FaultRule[]>>>;

/** How each service misbehaves from now on; without rules it works. */
export function setRules(stage: Stage, rules: Rules): void {
  for (const { id } of stage.twin.drains) stage.account(id).faults.set(rules[id] ?? []);
}

/** Every rule was met. */
export function assertMet(stage: Stage): void {
  for (const { id } of stage.twin.drains) {
    assert.equal(stage.account(id).faults.next(), undefined, `${id}: gave every answer`);
  }
}

/** The answers of one kind that the services have. */
export function answersOf(kind: 'refusing' | 'waiting' | 'splitting' | 'misleading' | 'telling'): Rules {
  return Object.fromEntries(ALL.map((id) => [id, RECEIVERS[id].answers[kind]]));
}
