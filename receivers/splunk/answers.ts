import type { FaultRule } from '../kit/faults.ts';
import { PAGES, partly, REFUSING, SPLITTING, said, spaced, WAITING } from '../kit/http-answers.ts';
import type { ServiceAnswers } from '../kit/receiver-kind.ts';

/** HTTP Event Collector: HTTP status and codes of its own. */
const collector = (status: number, codes: readonly number[]): readonly FaultRule[] =>
  codes.map((code) => said(status, { text: 'words', code }));

/** The collector takes the events before the one that it names. */
const named = (status: number, code: number, event: number): FaultRule =>
  partly([0, event], status, { text: 'words', code, 'invalid-event-number': event });

export const ANSWERS: ServiceAnswers = {
  refusal: said(401, { text: 'Invalid token', code: 4 }),
  refusing: [
    ...REFUSING,
    ...collector(401, [2, 3]),
    ...collector(403, [1, 4]),
    ...collector(400, [7, 10, 11, 14, 16, 21, 22]),
  ],
  waiting: [
    ...WAITING,
    ...collector(500, [8]),
    ...collector(503, [9, 18, 19, 20, 23]),
    ...collector(429, [26, 27]),
  ],
  throttling: said(429, { text: 'Queue at capacity', code: 26 }),
  splitting: spaced([...SPLITTING, ...collector(400, [5, 6, 12, 13, 15])]),
  misleading: [
    ...PAGES,
    said(200, { text: 'Server is busy', code: 9 }),
    said(200, { text: 'Internal server error', code: 8 }),
  ],
  telling: [
    ...[6, 12, 13, 15].map((code, i) => named(400, code, 3 * i)),
    named(503, 9, 5),
    // Outside of the request: not believed.
    partly([0, 0], 400, { code: 6, 'invalid-event-number': 1_000_000 }),
    partly([0, 0], 400, { code: 6, 'invalid-event-number': -1 }),
  ],
  tellingRejects: true,
};
