import type { FaultRule } from '../kit/faults.ts';
import {
  PAGES,
  PAUSE_SECONDS,
  REFUSING,
  SPLITTING,
  said,
  spaced,
  status,
  statuses,
} from '../kit/http-answers.ts';
import type { ServiceAnswers } from '../kit/receiver-kind.ts';

const limits = (header: string): Readonly<Record<string, string>> => ({ 'x-sentry-rate-limits': header });

/** Taken, with limits for what comes next. */
const limited = (header: string): FaultRule => ({
  kind: 'accept-then-status',
  status: 200,
  body: '{}',
  headers: limits(header),
});

export const ANSWERS: ServiceAnswers = {
  refusal: status(403, '{}'),
  refusing: REFUSING,
  // Without a word on how long, a 429 is a minute here.
  waiting: [
    ...statuses([408, 500, 502, 503, 504, 507, 599]),
    status(429, '', limits('1:log_item:organization')),
  ],
  throttling: status(429, '', limits(`${PAUSE_SECONDS}:log_item:organization`)),
  splitting: spaced(SPLITTING),
  misleading: [...PAGES, said(200, { detail: 'words', causes: [] })],
  telling: [
    limited('1:log_item:organization:quota_exceeded'),
    limited('60:error;transaction:key, 1:log_byte:project'),
    limited('60:error:key'),
    status(429, '{"detail":"words"}', limits('1::organization')),
    status(429, '{"detail":"words"}', { 'retry-after': '1' }),
    status(503, '{"detail":"words"}', limits('1:default;log_item:organization')),
  ],
  tellingRejects: false,
};
