/** Kept equal to package.json's by a test. */
export const VERSION = '0.1.0';

/** How we name ourselves in headers and in the record's `from`. */
export const CLIENT = `log-drain/${VERSION}`;
