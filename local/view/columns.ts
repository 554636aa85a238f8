/** How many columns of a terminal text takes. */

/** Take no column of their own: combining marks, joiners, selectors. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;
/** Asks for the picture of a character that is text otherwise. */
const PICTURE_SELECTOR = 0xfe0f;

/** First and last of the characters that take two columns, beside emoji (Unicode Standard Annex 11, W and F). */
const WIDE = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
] as const;

/** Nobody reads more marks than these on one character, and a terminal may draw them over other lines. */
const MAX_GRAPHEME_CHARS = 32;
/** A line's text is looked at so far only: characters for each column. */
const MAX_CHARS_PER_COLUMN = 32;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function columnsOfCodePoint(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (ZERO_WIDTH.test(character)) return code === PICTURE_SELECTOR ? 1 : 0;
  const isWide = EMOJI.test(character) || WIDE.some(([first, last]) => code >= first && code <= last);
  return isWide ? 2 : 1;
}

/**
 * Columns of one line without control characters. Where terminals differ (emoji of several characters) it is the most
 * that one of them takes, so that what fits by this measure fits everywhere.
 */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfCodePoint(character);
  return columns;
}

/** The beginning of the text that fits, with an ellipsis if that is not all; never a part of what is read as one. */
export function cutToColumns(text: string, columns: number): string {
  if (columns < 1) return '';
  const looked = text.slice(0, columns * MAX_CHARS_PER_COLUMN);
  let kept = '';
  let used = 0;
  /** Where an ellipsis still fits behind. */
  let short = '';
  for (const { segment } of graphemes.segment(looked)) {
    const shown = segment.length > MAX_GRAPHEME_CHARS ? '\ufffd' : segment;
    used += columnsOf(shown);
    if (used > columns) return `${short}…`;
    kept += shown;
    if (used < columns) short = kept;
  }
  return looked.length === text.length ? kept : `${short}…`;
}
