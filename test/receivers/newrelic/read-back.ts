import { expect } from 'vitest';
import { type Fields, lineOf, type ReadBack } from '../../helpers/read-back.ts';

export const READ_BACK: ReadBack = {
  sorting: true,
  read: (event) => {
    const { agentId, workerId, stream, message, timestamp, seq } = event as Fields;
    return lineOf({ agent: agentId, worker: workerId, stream, text: message, timeMs: timestamp, seq });
  },
  eventOf: (text) => ({
    agentId: 'CA_local',
    workerId: 'CAW_local',
    hostname: 'livekit.hosted.agents',
    message: text,
    level: 'error',
    stream: 'stderr',
    timestamp: expect.any(Number),
    seq: expect.any(Number),
  }),
};
