import { expect, test } from 'vitest';
import { redacted, redactedText } from '../../src/application/redacted.js';

test.each([
  ['ws://example.com/chat', 'ws://example.com/chat'],
  ['ws://example.com/chat?token=abc', 'ws://example.com/chat?token=***'],
  ['ws://example.com/?a=1&b=2&a=3', 'ws://example.com/?a=***&b=***&a=***'],
  ['/chat?abc', '/chat?***'],
  ['/chat?dG9rZW4=', '/chat?***'],
  ['/chat?a==b', '/chat?a=***'],
  ['/chat?a=b=c', '/chat?a=***'],
  ['/chat?=secret', '/chat?=***'],
  ['/chat?a=1&', '/chat?a=***&'],
  ['/chat?', '/chat?'],
  ['ws://user:pass@example.com/x?a=b@c', 'ws://***@example.com/x?a=***'],
  ['//user:pass@example.com/x', '//***@example.com/x'],
  ['https://example.com/#access_token=abc', 'https://example.com/#***'],
  ['https://example.com/?a=b#c?d=e', 'https://example.com/?a=***#***'],
])('%s is shown as %s', (url, shown) => {
  expect(redacted(url)).toBe(shown);
  expect(redactedText(url)).toBe(url.includes('b@c') ? 'ws://***' : shown);
});

test('of what is no URL a password may have any end', () => {
  expect(redactedText('ws://user:pa?ss@example.com')).toBe('ws://***');
  expect(redactedText('user:pa#ss@example.com')).toBe('***');
  expect(redactedText('ws//user:pa/ss@example.com/?a=b')).toBe('***@example.com/?a=***');
});

test('what peers send at great length is soon looked through', () => {
  // A search that took the square of the length would not end before the time of this test does.
  const slashes = '/'.repeat(1_000_000);
  expect(redacted(slashes)).toBe(slashes);
  expect(redacted(`a:${slashes}@b`)).toBe(`a:${slashes}***@b`);
  expect(redactedText(slashes)).toBe(slashes);
});
