import { shownName } from '../../shared/settings/setting-name.ts';
import { UsageProblem } from '../base/errors.ts';
import { type GivenSetting, isKnown } from '../settings-file/given.ts';
import { refusePlaceholders } from '../settings-file/placeholders.ts';
import { readSettingsFile } from '../settings-file/settings-file.ts';

export interface SettingsSource {
  /** `KEY=VALUE` each. */
  readonly pairs: readonly string[];
  /** A settings file, `-` for stdin. */
  readonly file: string | undefined;
  readonly stdin: AsyncIterable<unknown>;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const UNDONE = 'nothing was stored';

/** Settings out of a file and out of pairs, which come last since they win. Messages never hold a value. */
export async function readSettings({ pairs, file, stdin }: SettingsSource): Promise<readonly GivenSetting[]> {
  const fromFile = file === undefined ? [] : await readSettingsFile({ file, stdin, undone: UNDONE });
  const fromPairs = pairs.map(pairOf);
  refusePlaceholders(fromPairs, UNDONE);
  const given = [...fromFile, ...fromPairs];
  const empty = given.filter(({ value }) => value.trim() === '').map(({ name }) => name);
  if (empty.length > 0) {
    throw new UsageProblem(
      `${empty.map((name) => (isKnown(name) ? name : shownName(name))).join(', ')} has no value`,
    );
  }
  return given;
}

function pairOf(pair: string): GivenSetting {
  const at = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, at)).trim();
  // What is no pair may be a value: it is not repeated.
  if (!NAME.test(name)) throw new UsageProblem('--secrets takes KEY=VALUE, one pair for each flag');
  return { name, value: pair.slice(at + 1) };
}
