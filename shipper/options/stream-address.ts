import type { StreamAddress } from '../protocol/messages.ts';

const NAME = /^[a-zA-Z0-9_.-]{1,128}$/;
const ARN = /^arn:[a-z0-9-]+:kinesis:([a-z0-9-]+):\d{12}:stream\/([a-zA-Z0-9_.-]{1,128})$/;

/** A stream by its name or its ARN; undefined if the text is neither. */
export function parseStreamAddress(text: string): StreamAddress | undefined {
  if (NAME.test(text)) return { name: text, arn: undefined, region: undefined };
  const match = ARN.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { name: match[2], arn: text, region: match[1] };
}
