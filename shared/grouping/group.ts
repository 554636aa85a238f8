import {
  BELOW_RECORD,
  BLANK_INSIDE,
  CARET,
  CHAIN,
  CLOSES,
  EXCEPTION_LINE,
  FRAME,
  GOES_ON,
  GOES_ON_INDENTED,
  type GroupKind,
  JSON_START,
  NAMED_ERROR,
  OPENS,
  STARTS,
  TRACEBACK,
} from './kinds.ts';
import { isRecord, type LineLook } from './line-look.ts';

/** Whether a line belongs to the group: yes, no, or only if the line after it is a frame. */
export type Belongs = 'yes' | 'no' | 'if-frame-follows';

/** The lines of one event so far. */
export interface Group {
  kind: GroupKind;
  lines: number;
  /** Where in its own form it is; what that means is the kind's affair. */
  phase: 'start' | 'frames' | 'message' | 'chain' | 'end';
  /** A line of it ended with an opening brace or bracket. */
  hasOpened: boolean;
}

/** Of a script that Node prints above an error, the last of which has the caret. */
const SOURCE_LINES = 3;
const WORD_ALONE = /^\S+$/;

/** Most lines begin nothing, which is told by one look. */
const ANY_START = new RegExp(STARTS.map(([, { source }]) => source).join('|'));

function startOf({ text }: LineLook): GroupKind | undefined {
  return ANY_START.test(text) ? STARTS.find(([, pattern]) => pattern.test(text))?.[0] : undefined;
}

/** What the line is where nothing stands before it. */
export function begin(look: LineLook): Group {
  const kind = look.isJson
    ? 'record'
    : (startOf(look) ?? (JSON_START.test(look.text) ? 'json' : isRecord(look) ? 'record' : 'plain'));
  const phase = kind === 'python' && !isHead(look) ? 'frames' : 'start';
  return { kind, lines: 1, phase, hasOpened: OPENS.test(look.text) };
}

/** It announces a traceback that comes below it. */
function isHead({ text }: LineLook): boolean {
  return !TRACEBACK.test(text) && !text.startsWith(' ');
}

/** Nothing can belong to it any more. */
export function isWhole(group: Group, { isJson, text }: LineLook): boolean {
  return group.lines === 1 ? isJson : group.kind === 'json' && CLOSES.test(text);
}

export function mayHaveBlankInside({ kind }: Group, blanks: number): boolean {
  return BLANK_INSIDE.has(kind) && (blanks === 0 || kind === 'go');
}

export function isFrameOf({ kind }: Group, { text, isJson }: LineLook): boolean {
  return !isJson && FRAME.get(kind)?.test(text) === true;
}

/** Whether the line, which is not blank, belongs to the group. */
export function belongs(group: Group, look: LineLook): Belongs {
  if (look.isJson) return group.kind === 'json' && look.isIndented ? 'yes' : 'no';
  if (look.isIndented) return yesIf(GOES_ON_INDENTED.get(group.kind)?.test(look.text) ?? true);
  if (GOES_ON.get(group.kind)?.test(look.text)) return 'yes';
  return AT_MARGIN[group.kind]?.(group, look) ?? 'no';
}

type MarginRule = (group: Group, look: LineLook) => Belongs;

/** Of lines that begin at column 0. */
const AT_MARGIN: Readonly<Partial<Record<GroupKind, MarginRule>>> = {
  json: (_, { text }) => yesIf(CLOSES.test(text)),
  python: ({ phase }, look) => inPython(phase, look),
  'exception-group': (_, { text }) => yesIf(CHAIN.test(text)),
  'node-dump': inDump,
  rust: ({ lines }, look) => yesIf(lines === 1 && !isRecord(look)),
  record: belowRecord,
  node: ({ hasOpened }, look) => (hasOpened && CLOSES.test(look.text) ? 'yes' : orMessage(look)),
  java: (_, look) => orMessage(look),
  dotnet: (_, look) => orMessage(look),
};

function yesIf(isSo: boolean): Belongs {
  return isSo ? 'yes' : 'no';
}

function inPython(phase: Group['phase'], look: LineLook): Belongs {
  const { text } = look;
  if (CHAIN.test(text)) return 'yes';
  if (TRACEBACK.test(text)) return phase === 'start' || phase === 'chain' ? 'yes' : 'no';
  const isException = EXCEPTION_LINE.test(text) && (NAMED_ERROR.test(text) || !isRecord(look));
  if (phase === 'frames' && isException) return 'yes';
  return phase === 'frames' || phase === 'message' ? orMessage(look) : 'no';
}

function inDump({ phase, lines }: Group, look: LineLook): Belongs {
  if (phase === 'start') return lines <= SOURCE_LINES && !isRecord(look) ? 'yes' : 'no';
  return phase === 'message' ? 'yes' : 'no';
}

function belowRecord({ lines }: Group, look: LineLook): Belongs {
  const start = startOf(look);
  if (start !== undefined) return lines === 1 && BELOW_RECORD.has(start) ? 'yes' : 'no';
  return WORD_ALONE.test(look.text) && !isRecord(look) ? 'if-frame-follows' : 'no';
}

/** One more line of a message, if it is nothing else. */
function orMessage(look: LineLook): Belongs {
  return startOf(look) !== undefined || isRecord(look) ? 'no' : 'if-frame-follows';
}

/** Takes the line in. */
export function take(group: Group, look: LineLook): void {
  const start = group.kind === 'record' || group.kind === 'plain' ? startOf(look) : undefined;
  const isTail = group.kind === 'plain' ? start === 'python' : group.lines === 1;
  group.lines += 1;
  group.hasOpened ||= OPENS.test(look.text);
  if (start !== undefined && isTail && BELOW_RECORD.has(start)) {
    Object.assign(group, { kind: start, phase: begin(look).phase });
    return;
  }
  if (group.kind === 'python' || group.kind === 'exception-group') moveInPython(group, look);
  else if (group.kind === 'node-dump') moveInDump(group, look);
}

function moveInPython(group: Group, look: LineLook): void {
  const { text, isIndented } = look;
  if (CHAIN.test(text)) Object.assign(group, { kind: 'python', phase: 'chain' });
  else if (startOf(look) === 'exception-group') Object.assign(group, { kind: 'exception-group' });
  else if (TRACEBACK.test(text)) group.phase = 'frames';
  else if (!isIndented && group.phase === 'frames') group.phase = 'message';
}

function moveInDump(group: Group, { text }: LineLook): void {
  if (group.phase === 'start' && CARET.test(text)) group.phase = 'message';
  else if (group.phase === 'message') group.phase = 'end';
}
