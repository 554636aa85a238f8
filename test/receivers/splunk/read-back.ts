import { expect } from 'vitest';
import { type Fields, lineOf, type ReadBack } from '../../helpers/read-back.ts';

export const READ_BACK: ReadBack = {
  sorting: true,
  read: (event) => {
    const { host, time, event: body } = event as Fields & { event: Fields };
    const { agent_id: agent, stream, message, seq } = body;
    return lineOf({ agent, worker: host, stream, text: message, timeMs: Number(time) * 1000, seq });
  },
  eventOf: (text) => ({
    time: expect.any(Number),
    host: 'CAW_local',
    source: 'livekit:cloud-agents',
    sourcetype: '_json',
    event: {
      message: text,
      stream: 'stderr',
      level: 'error',
      agent_id: 'CA_local',
      worker_id: 'CAW_local',
      hostname: 'livekit.hosted.agents',
      seq: expect.any(Number),
    },
  }),
};
