const SETTING_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

/** The name of a setting, fit for logs: what does not look like one may be a value in the wrong place. */
export function shownName(name: string): string {
  return SETTING_NAME.test(name) ? name : '(a name that is not shown)';
}
