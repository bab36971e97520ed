import type { SecureContextOptions } from 'node:tls';
import { ConfigError } from '../protocol/contract/errors.js';
import { tlsModule } from './built-ins.js';

/** What OpenSSL reads, with what it takes to read it. */
const READ: readonly (readonly (keyof SecureContextOptions)[])[] = [
  ['key', 'passphrase'],
  ['cert'],
  ['ca'],
  ['crl'],
  ['pfx', 'passphrase'],
  ['ciphers'],
  ['dhparam'],
  ['ecdhCurve'],
];

/**
 * The error for TLS options that Node cannot take. What OpenSSL says (`PEM routines::no start line`) does not tell which of them it
 * has read: so each is tried by itself.
 *
 * @param cause what Node has thrown.
 */
export function wrongTls(options: SecureContextOptions, cause: unknown): ConfigError {
  const { message } = cause as Error;
  const wrong = READ.find(([name, ...more]) => name !== undefined && !isReadable(options, name, more))?.[0];
  if (wrong !== undefined) return new ConfigError(`tls.${wrong}: ${message}${whatIsExpected(wrong)}`, { cause });
  const isPair = options.key !== undefined && options.cert !== undefined && /mismatch/i.test(message);
  return new ConfigError(`${isPair ? 'tls.key and tls.cert' : 'tls'}: ${message}`, { cause });
}

function isReadable(
  options: SecureContextOptions,
  name: keyof SecureContextOptions,
  more: readonly (keyof SecureContextOptions)[],
): boolean {
  if (options[name] === undefined) return true;
  try {
    tlsModule().createSecureContext(Object.fromEntries([name, ...more].map((one) => [one, options[one]])));
    return true;
  } catch {
    return false;
  }
}

// A path in place of what is in the file is the usual mistake.
function whatIsExpected(name: string): string {
  return ['key', 'cert', 'ca'].includes(name) ? '; what is in a file in PEM is expected, not its name' : '';
}
