import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { showUnheard } from '../../../src/application/unheard.js';
import { nodePlatform } from '../../../src/node/platform.js';
import { webPlatform } from '../../../src/web/socket/platform.js';

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('\ud800', 'a\udc00b', '\ud83d\ude00', '\ufeffx'),
);

test('measures, writes and reads texts as the platform of Node does', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const length = webPlatform.utf8Length(text);
      expect(length).toBe(nodePlatform.utf8Length(text));
      const [here, there] = [new Uint8Array(length + 2), new Uint8Array(length + 2)];
      expect(webPlatform.writeUtf8(here, 1, text)).toBe(nodePlatform.writeUtf8(there, 1, text));
      expect(here).toEqual(there);
      const bytes = here.subarray(1, 1 + length);
      expect(webPlatform.isUtf8(bytes)).toBe(true);
      expect(webPlatform.readUtf8(bytes, false)).toBe(nodePlatform.readUtf8(bytes, false));
    }),
  );
});

test('tells what is no UTF-8 as the platform of Node does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      expect(webPlatform.isUtf8(bytes)).toBe(nodePlatform.isUtf8(bytes));
    }),
  );
});

test('the console shows an error that nobody has heard as it is, once for each message', () => {
  const shown = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const [first, same, other] = [new Error('one'), new Error('one'), new Error('other')];
  for (const error of [first, same, other]) showUnheard(webPlatform, error, 'in a handler');
  const text = '[WEBSON_UNHEARD_ERROR] no onError has heard what was thrown in a handler: Error:';
  expect(shown.mock.calls).toEqual([
    [`${text} one`, first],
    [`${text} other`, other],
  ]);
  expect(shown.mock.calls[0]?.[1]).toBe(first);
  shown.mockRestore();
});
