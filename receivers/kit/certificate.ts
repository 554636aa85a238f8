import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, explicit, implicit, integer, octets, oid, sequence, set, utcTime, utf8, yes } from './der.ts';

const DAY_MS = 24 * 3_600_000;

// Object identifiers of RFC 5280 and RFC 5758.
const COMMON_NAME = oid('2.5.4.3');
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1');
const CLIENT_AUTH = oid('1.3.6.1.5.5.7.3.2');

/** A certificate and its private key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of our own. */
export interface Authority {
  /** PEM, for those who shall trust it. */
  readonly cert: string;
  /** For 127.0.0.1 and localhost. */
  readonly issueServer: () => Identity;
  readonly issueClient: () => Identity;
}

interface Party {
  readonly name: Buffer;
  readonly publicKey: KeyObject;
}

function party(commonName: string): Party & { readonly privateKey: KeyObject } {
  const name = sequence(set(sequence(COMMON_NAME, utf8(commonName))));
  return { name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const keyId = (key: KeyObject): Buffer => createHash('sha1').update(spki(key)).digest();

function extension(id: string, value: Buffer, critical = false): Buffer {
  return critical ? sequence(oid(id), yes, octets(value)) : sequence(oid(id), octets(value));
}

/** keyUsage by its first byte and the bits at its end that are not used. */
const usage = (byte: number, unused: number): Buffer =>
  extension(KEY_USAGE, bits(Buffer.from([byte]), unused), true);

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

interface Issuer extends Party {
  readonly privateKey: KeyObject;
}

/** An X.509 version 3 certificate (RFC 5280 section 4.1) for `subject`, valid from yesterday for 30 days. */
function issue(subject: Party, issuer: Issuer, extensions: readonly Buffer[]): string {
  const serial = randomBytes(16);
  // Zero in front must not be written, and the first byte decides on it.
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40);
  const nowMs = Date.now();
  const tbs = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    issuer.name,
    sequence(utcTime(nowMs - DAY_MS), utcTime(nowMs + 30 * DAY_MS)),
    subject.name,
    spki(subject.publicKey),
    explicit(
      3,
      sequence(
        ...extensions,
        extension(SUBJECT_KEY_ID, octets(keyId(subject.publicKey))),
        extension(AUTHORITY_KEY_ID, sequence(implicit(0, keyId(issuer.publicKey)))),
      ),
    ),
  );
  return pem(sequence(tbs, ECDSA_WITH_SHA256, bits(sign('sha256', tbs, issuer.privateKey))));
}

function issueLeaf(commonName: string, issuer: Issuer, extensions: readonly Buffer[]): Identity {
  const subject = party(commonName);
  const common = [extension(BASIC_CONSTRAINTS, sequence(), true), usage(0x80, 7)];
  return {
    cert: issue(subject, issuer, [...common, ...extensions]),
    key: subject.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Makes an authority with new keys (ECDSA on P-256); Node's own crypto can sign, but not write certificates. */
export function createAuthority(): Authority {
  const root = party(`log-drain local ${randomBytes(4).toString('hex')}`);
  const localNames = sequence(
    implicit(2, Buffer.from('localhost')),
    implicit(7, Buffer.from([127, 0, 0, 1])),
  );
  return {
    cert: issue(root, root, [extension(BASIC_CONSTRAINTS, sequence(yes), true), usage(0x06, 1)]),
    issueServer: () =>
      issueLeaf('localhost', root, [
        extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH)),
        extension(SUBJECT_ALT_NAME, localNames),
      ]),
    issueClient: () =>
      issueLeaf('log-drain client', root, [extension(EXTENDED_KEY_USAGE, sequence(CLIENT_AUTH))]),
  };
}
