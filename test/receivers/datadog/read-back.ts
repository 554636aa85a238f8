import { expect } from 'vitest';
import { type Fields, lineOf, type ReadBack } from '../../helpers/read-back.ts';

export const READ_BACK: ReadBack = {
  sorting: true,
  read: (event) => {
    const { ddsource, hostname, stream, message, timestamp, seq } = event as Fields;
    return lineOf({ agent: ddsource, worker: hostname, stream, text: message, timeMs: timestamp, seq });
  },
  eventOf: (text) => ({
    message: text,
    ddsource: 'CA_local',
    hostname: 'CAW_local',
    service: 'cloud.livekit.io',
    stream: 'stderr',
    status: 'error',
    timestamp: expect.any(Number),
    seq: expect.any(Number),
  }),
};
