import { expect, it } from 'vitest';
import type { DestinationId } from '../../lambdas/registry.ts';
import type { DestinationClient } from '../../shared/destination/contract.ts';
import { attempt, FATE_OF_CLASS, type GoldenResponse, goldenJson } from './golden.ts';
import { plainAnswer, type TestServer } from './http-server.ts';

interface AnswerPlace {
  readonly server: TestServer;
  readonly drain: DestinationClient;
}

/** A test for each golden answer of a service that judges a request as a whole; `at` is asked within each. */
export function itTakesGoldenAnswers(id: DestinationId, at: () => AnswerPlace): void {
  it.each(goldenJson(`${id}/responses.json`) as GoldenResponse[])('takes $status for $class', async (row) => {
    const { server, drain } = at();
    server.answerWith(plainAnswer(row.status, row.body, row.headers));

    const outcome = await attempt(drain);

    expect(outcome).toMatchObject({ accepted: [], rejected: [], rest: { fate: FATE_OF_CLASS[row.class] } });
  });
}
