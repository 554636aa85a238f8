import { EnvironmentError } from '../base/environment-error.ts';

const EXAMPLE = 'http://proxy.example:3128';

/**
 * A proxy's address out of HTTPS_PROXY and alike: an http or https URL whose name and password are percent-encoded, so
 * that they can be decoded. The text may leave the scheme out, and its password may hold any character, escaped or not.
 * Throws an EnvironmentError that says what to write instead, and holds nothing of the text but its scheme.
 */
export function proxyAddress(text: string, variable = 'HTTPS_PROXY'): URL {
  // A file of variables may be read with its quotes, as Docker does.
  const trimmed = text.trim().replace(/^(["'])(.*)\1$/s, '$2');
  const [prefix = '', scheme = 'http'] = /^([a-z][a-z0-9+.-]{0,15}):\/\//i.exec(trimmed) ?? [];
  const kind = scheme.toLowerCase();
  if (kind !== 'http' && kind !== 'https') {
    throw new EnvironmentError(
      `${variable} names a proxy of the kind ${kind}://, which is not supported: give one for HTTP, such as ${EXAMPLE}.`,
    );
  }
  const rest = trimmed.slice(prefix.length);
  // The last one, since a password may hold others.
  const at = rest.lastIndexOf('@');
  const url = serverOf(`${kind}://${rest.slice(at + 1)}`);
  if (url === undefined) {
    throw new EnvironmentError(`${variable} must be the URL of a proxy, such as ${EXAMPLE}.`);
  }
  const login = rest.slice(0, Math.max(0, at));
  const [name = ''] = login.split(':', 1);
  url.username = encoded(name);
  url.password = encoded(login.slice(name.length + 1));
  return url;
}

function serverOf(text: string): URL | undefined {
  const url = !/\s/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^[\w.-]+$|^\[/.test(url.hostname) && url.port !== '0' ? url : undefined;
}

/** Escapes are kept, and all else is escaped: a `%` that begins no escape stands for itself. */
function encoded(text: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25')));
  } catch {
    // Its bytes are no UTF-8, so they were not meant as escapes.
    return encodeURIComponent(text);
  }
}

/** What a proxy is to be told of who we are: `name:password` in base64 (RFC 7617); undefined: nothing. */
export function proxyLogin({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
}
