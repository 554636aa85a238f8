import { lineOf, type ReadBack } from '../../helpers/read-back.ts';

const FRAME = /^<(\d+)>1 (\S+) (\S+) livekit\.hosted\.agents (\S+) - - (.*)$/s;
const HEAD =
  /^<11>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z CA_local livekit\.hosted\.agents CAW_local - - /;

function unescaped(text: string): string {
  return text.replaceAll(/#(0[0-3][0-7]|043)/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
}

export const READ_BACK: ReadBack = {
  sorting: false,
  read: (event) => {
    const [, , time = '', agent, worker, text = ''] = FRAME.exec(String(event)) ?? [];
    const who = { agent, worker, stream: undefined };
    return lineOf({ ...who, text: unescaped(text), timeMs: Date.parse(time), seq: undefined });
  },
  eventOf: (text) => ({
    asymmetricMatch: (event: unknown) => {
      const frame = String(event);
      const head = HEAD.exec(frame)?.[0];
      return head !== undefined && frame.slice(head.length) === text;
    },
  }),
};
