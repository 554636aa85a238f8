import { expect } from 'vitest';
import { type Fields, lineOf, type ReadBack } from '../../helpers/read-back.ts';

export const READ_BACK: ReadBack = {
  sorting: false,
  read: (event) => {
    const { logGroupName, logStreamName, timestamp, message } = event as Fields;
    const who = { agent: logGroupName, worker: logStreamName };
    return lineOf({ ...who, stream: undefined, text: message, timeMs: timestamp, seq: undefined });
  },
  eventOf: (text) => ({
    logGroupName: 'CA_local',
    logStreamName: 'CAW_local',
    timestamp: expect.any(Number),
    message: text,
  }),
};
