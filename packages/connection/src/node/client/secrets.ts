import type { Address } from './address.js';

/** Shorter ones are found in any text by chance. */
const SHORTEST = 4;

/** Header fields that are no secret, and that servers name when they refuse. */
const OPEN = /^(host|origin|user-agent)$/i;

/**
 * What a client sends that must not be shown, though a server may repeat it: the password, the values of the query, the values of
 * header fields.
 */
export function secretsOf({ path, password, user }: Address, fields: object): string[] {
  const secrets = new Set<string>();
  const add = (value: string): void => {
    for (const each of [value, decoded(value), encodeURIComponent(decoded(value))]) {
      if (each.length >= SHORTEST) secrets.add(each);
    }
  };
  const mark = path.indexOf('?');
  if (mark >= 0) for (const pair of path.slice(mark + 1).split('&')) add(pair.slice(pair.indexOf('=') + 1));
  if (password !== '') {
    add(password);
    add(Buffer.from(`${user}:${password}`).toString('base64'));
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
  return secrets.some((secret) => text.includes(secret));
}

/** The text with `***` in place of each secret. */
export function hidden(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}
