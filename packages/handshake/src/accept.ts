import { encodeBase64 } from './base64.js';
import { sha1 } from './sha1.js';
import { encodeText } from './text.js';

/** The GUID that RFC 6455 §1.3 appends to the key. A private magic key replaces it. */
export const RFC_MAGIC_KEY = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * The `Sec-WebSocket-Accept` value for a `Sec-WebSocket-Key`: base64(SHA-1(key || magic)) (RFC 6455 §4.2.2 step 5).
 * A magic key given as a string stands for its UTF-8 bytes. The key is not checked here: see `isValidKey`.
 */
export function computeAccept(key: string, magicKey: string | Uint8Array = RFC_MAGIC_KEY): string {
  if (typeof magicKey === 'string') return encodeBase64(sha1(encodeText(key + magicKey)));
  const head = encodeText(key);
  const bytes = new Uint8Array(head.length + magicKey.length);
  bytes.set(head);
  bytes.set(magicKey, head.length);
  return encodeBase64(sha1(bytes));
}

/** A fresh `Sec-WebSocket-Key`: 16 random bytes in base64 (RFC 6455 §4.1). */
export function createKey(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
}

/** Whether `key` is base64 that decodes to 16 bytes (RFC 6455 §4.2.1 item 5). */
export function isValidKey(key: string): boolean {
  return /^[A-Za-z0-9+/]{22}==$/.test(key);
}
