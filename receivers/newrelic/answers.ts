import { PAGES, REFUSING, SPLITTING, said, spaced, status, WAITING } from '../kit/http-answers.ts';
import type { ServiceAnswers } from '../kit/receiver-kind.ts';

export const ANSWERS: ServiceAnswers = {
  refusal: status(403, '{}'),
  refusing: REFUSING,
  waiting: WAITING,
  throttling: status(429),
  splitting: spaced(SPLITTING),
  misleading: [...PAGES, said(200, { error: { message: 'words' } })],
  telling: [],
  tellingRejects: false,
};
