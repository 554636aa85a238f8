import {
  PAGES,
  PAUSE_SECONDS,
  REFUSING,
  SPLITTING,
  said,
  spaced,
  status,
  WAITING,
} from '../kit/http-answers.ts';
import type { ServiceAnswers } from '../kit/receiver-kind.ts';

export const ANSWERS: ServiceAnswers = {
  refusal: status(403, '{}'),
  refusing: [...REFUSING, status(403, '{}')],
  waiting: WAITING,
  throttling: status(429, '', { 'retry-after': `${PAUSE_SECONDS}` }),
  splitting: spaced(SPLITTING),
  misleading: [...PAGES, said(200, { errors: [{ title: 'words', status: '400' }] })],
  // A bad line, looked for by halving: 1,000 lines are 1 after 10 steps.
  telling: [{ ...status(400), times: 11 }],
  tellingRejects: true,
};
