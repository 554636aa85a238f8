import { textOf } from '../kit/body.ts';
import type { FoundEvent } from '../kit/journal.ts';
import { STRUCTURED_DATA, wrongElements } from './structured-data.ts';

const LF = 0x0a;
const SPACE = 0x20;

export interface FrameRules {
  readonly framing: 'newline' | 'octet-counted';
  /** Before each message, followed by a space. */
  readonly token: string | undefined;
  /** Elements that each message must have; none if undefined. */
  readonly structuredData: string | undefined;
  /** Of one frame, its LF included. */
  readonly maxBytes: number;
}

/** What a connection's bytes hold. */
export interface Frames {
  readonly frames: readonly Buffer[];
  /** The last frame has its end. */
  readonly complete: boolean;
}

/** Frames that end with LF (RFC 6587 section 3.4.2). */
function newlineFrames(bytes: Buffer): Frames {
  const frames: Buffer[] = [];
  let at = 0;
  for (let lf = bytes.indexOf(LF); lf !== -1; lf = bytes.indexOf(LF, at)) {
    frames.push(bytes.subarray(at, lf));
    at = lf + 1;
  }
  return { frames, complete: at === bytes.length };
}

/** Frames that begin with their length (RFC 6587 section 3.4.1). */
function countedFrames(bytes: Buffer): Frames {
  const frames: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(SPACE, at);
    const digits = bytes.toString('latin1', at, Math.min(space, at + 10));
    if (space === -1 || !/^[1-9]\d{0,8}$/.test(digits)) return { frames, complete: false };
    const end = space + 1 + Number(digits);
    if (end > bytes.length) return { frames, complete: false };
    frames.push(bytes.subarray(space + 1, end));
    at = end;
  }
  return { frames, complete: true };
}

/** The frames in all that a connection carried. */
export function framesOf(bytes: Buffer, framing: FrameRules['framing']): Frames {
  return framing === 'newline' ? newlineFrames(bytes) : countedFrames(bytes);
}

// RFC 5424 section 6, with the field that the drain leaves empty, MSGID, as the nil value.
const DATE_TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?:Z|[+-]\\d\\d:\\d\\d)';
const MESSAGE = new RegExp(
  `^<(0|[1-9]\\d{0,2})>1 (${DATE_TIME}) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) - (${STRUCTURED_DATA})(?: ([^]*))?$`,
);

/** Control characters that receivers cut at, escape or take for an end; TAB is not among them. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0a-\x1f]/;

/** The message of a frame without its token; undefined if the token is missing. */
function withoutToken(text: string, token: string | undefined): string | undefined {
  if (token === undefined) return text;
  return text.startsWith(`${token} `) ? text.slice(token.length + 1) : undefined;
}

/** A frame as it may be shown: without what tells the account. */
function masked(message: string, data: string, { token, structuredData }: FrameRules): string {
  const shown = structuredData === undefined ? message : message.replace(` - ${data}`, ' - ***');
  return token === undefined ? shown : `*** ${shown}`;
}

/** A message's event, or what is wrong with it. */
function readMessage(message: string, rules: FrameRules): FoundEvent | string {
  const found = MESSAGE.exec(message);
  if (found === null) return 'a frame is not a message of RFC 5424';
  const [, priority = '', timestamp = '', agent = '', , worker = '', data = '', msg = ''] = found;
  if (Math.floor(Number(priority) / 8) !== 1) return 'a frame has another facility than 1';
  const timeMs = Date.parse(timestamp);
  if (Number.isNaN(timeMs)) return 'a frame has a time that does not exist';
  const wrong = wrongElements(data, rules.structuredData);
  if (wrong !== undefined) return wrong;
  if (CONTROL.test(msg)) return 'a frame holds a control character';
  const event = masked(message, data, rules);
  return { event, agent, worker, stream: undefined, text: msg, timeMs, seq: undefined };
}

/** A frame's event, or what is wrong with the frame, in words. */
export function readFrame(frame: Buffer, rules: FrameRules): FoundEvent | string {
  const newline = rules.framing === 'newline';
  if (frame.length + (newline ? 1 : 0) > rules.maxBytes) return 'a frame is longer than the maximum';
  const text = textOf(frame);
  if (text === undefined) return 'a frame is not UTF-8';
  if (newline && /^\d/.test(text)) return 'a frame begins with a digit, which is read as a length';
  const message = withoutToken(text, rules.token);
  return message === undefined ? 'a frame does not begin with the token' : readMessage(message, rules);
}
