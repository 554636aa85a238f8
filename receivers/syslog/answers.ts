import type { ServiceAnswers } from '../kit/receiver-kind.ts';

/** There are no answers to lines, only connections that break; and an account is refused by TLS alone. */
export const ANSWERS: ServiceAnswers = {
  refusal: undefined,
  refusing: [],
  waiting: [{ kind: 'reset', when: 'before', times: 4 }],
  throttling: undefined,
  splitting: [],
  misleading: [],
  telling: [],
  tellingRejects: false,
};
