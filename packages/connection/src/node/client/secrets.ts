import { buffer } from '../built-ins.js';
import type { Address } from './address.js';

/** Shorter ones are found in any text by chance. */
const SHORTEST = 4;

const HIDDEN = '***';

/** Header fields that are no secret, and that servers name when they refuse. */
const OPEN = /^(host|origin|user-agent)$/i;

/**
 * What a client sends that must not be shown, though a server may repeat it: the password, the values of the query, the values of
 * header fields.
 */
export function secretsOf({ path, password, user }: Address, fields: object): string[] {
  const secrets = new Set<string>();
  const add = (value: string): void => {
    for (const plain of [value, value.trim(), decoded(value), decoded(value.replaceAll('+', ' ')).trim()]) {
      // As it stands in a URL, in quotes, and in a header field in which a server has put its UTF-8.
      const spelt = [plain, encodeURIComponent(plain), JSON.stringify(plain).slice(1, -1), latin1(plain)];
      for (const each of spelt) if (each.length >= SHORTEST) secrets.add(each);
    }
  };
  const mark = path.indexOf('?');
  if (mark >= 0) for (const pair of path.slice(mark + 1).split('&')) add(pair.slice(pair.indexOf('=') + 1));
  if (password !== '') {
    add(password);
    add(buffer.Buffer.from(`${user}:${password}`).toString('base64'));
  }
  for (const [name, field] of Object.entries(fields)) {
    if (OPEN.test(name)) continue;
    for (const value of [field].flat()) if (typeof value === 'string') add(value);
  }
  // A longer one may hold a shorter one.
  return [...secrets].sort((a, b) => b.length - a.length);
}

/** Whether a text has one of the secrets in it. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return hidden(text, secrets) !== text;
}

/** The text with `***` in place of each secret, and of the beginning of one where the text was cut. */
export function hidden(text: string, secrets: readonly string[]): string {
  const parts = secrets.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text).split('…');
  return parts.map((part) => secrets.reduce(withoutBeginning, part)).join('…');
}

function withoutBeginning(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= SHORTEST; length--) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + HIDDEN;
  }
  return text;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function latin1(text: string): string {
  return buffer.Buffer.from(text).toString('latin1');
}
