import { encodeBase64 } from './base64.js';
import { HeaderError } from './errors.js';
import { encodeText } from './text.js';

/**
 * The `Authorization` value for a user and a password, in UTF-8 (RFC 7617 §2). Percent-decode those of a URL first.
 * @throws {HeaderError} `INVALID_CREDENTIALS` if the user has a colon, which could not be told from the separator, or
 * either has a control character.
 */
export function basicAuthorization(user: string, password: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 7617 §2 forbids exactly these.
  if (user.includes(':') || /[\x00-\x1f\x7f]/.test(user + password)) {
    throw new HeaderError('INVALID_CREDENTIALS', 'a user with a colon, or a control character in user or password');
  }
  return `Basic ${encodeBase64(encodeText(`${user}:${password}`))}`;
}
