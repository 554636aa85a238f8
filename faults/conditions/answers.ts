import { strict as assert } from 'node:assert';
import type { FaultRule } from '../../receivers/kit/faults.ts';
import type { DestinationId } from '../../shared/destination/contract.ts';
import type { Stage } from '../stage/stage.ts';

/** An answer in place of the service's own; nothing is taken. */
export const status = (
  code: number,
  body = '',
  headers: Readonly<Record<string, string>> = {},
): FaultRule => ({
  kind: 'status',
  status: code,
  body,
  headers,
});
export const statuses = (codes: readonly number[]): readonly FaultRule[] => codes.map((code) => status(code));

/** HTTP Event Collector: HTTP status and code. */
export const splunk = (code: number, collectors: readonly number[]): readonly FaultRule[] =>
  collectors.map((one) => status(code, JSON.stringify({ text: 'words', code: one })));

/** Errors of CloudWatch Logs, by name. */
export const aws = (names: readonly string[], message = 'words', code = 400): readonly FaultRule[] =>
  names.map((name) => status(code, JSON.stringify({ __type: name, message })));

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
