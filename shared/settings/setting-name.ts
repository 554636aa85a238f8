/** Words in capitals, as all names of settings are: the wrapped rest of a token hardly ever looks so. */
const SETTING_NAME = /^(?=.{1,64}$)[A-Z]+(?:_[A-Z0-9]+)+$/;

/** Whether it looks like the name of a variable; anything else may be a value in the wrong place. */
export function looksLikeName(name: string): boolean {
  return SETTING_NAME.test(name);
}

/** The name of a setting, fit for logs: what does not look like one may be a value in the wrong place. */
export function shownName(name: string): string {
  return looksLikeName(name) ? name : '(a name that is not shown)';
}
