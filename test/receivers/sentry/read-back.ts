import { expect } from 'vitest';
import { type Fields, lineOf, type ReadBack } from '../../helpers/read-back.ts';

export const READ_BACK: ReadBack = {
  sorting: true,
  read: (event) => {
    const { timestamp, body, attributes } = event as Fields & { attributes: Record<string, Fields> };
    const of = (name: string): unknown => attributes[name]?.['value'];
    return lineOf({
      agent: of('agent_id'),
      worker: of('worker_id'),
      stream: undefined,
      text: body,
      timeMs: Number(timestamp) * 1000,
      seq: of('sentry.timestamp.sequence'),
    });
  },
  eventOf: (text) => ({
    timestamp: expect.any(Number),
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    level: 'error',
    severity_number: 17,
    body: text,
    attributes: {
      agent_id: { value: 'CA_local', type: 'string' },
      worker_id: { value: 'CAW_local', type: 'string' },
      hostname: { value: 'livekit.hosted.agents', type: 'string' },
      'sentry.timestamp.sequence': { value: expect.any(Number), type: 'integer' },
    },
  }),
};
