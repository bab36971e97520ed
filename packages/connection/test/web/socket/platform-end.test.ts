import { expect, test } from 'vitest';
import { brokenEnd, platformEnd } from '../../../src/web/socket/platform-end.js';

test.each([1000, 1001, 1005, 1014, 3000, 4999])('%i is the code of a Close', (code) => {
  expect(platformEnd(code, 'why')).toEqual({ code, reason: 'why', wasClean: true });
});

test('1006 means that there was none', () => {
  expect(platformEnd(1006, '')).toEqual(brokenEnd());
});

test.each([undefined, null, 0, 999, 1004, 1015, 2500, 5000, 1000.5, Number.NaN, '1000'])(
  '%s can be the code of none, and is told',
  (code) => {
    expect(platformEnd(code, 'why')).toMatchObject({
      ...brokenEnd(),
      error: { code: 'CARRIER_CLOSED', message: `the WebSocket closed with ${code}, which no Close can have` },
    });
  },
);

test.each([undefined, null, 1])('a reason that is no text is none: %s', (reason) => {
  expect(platformEnd(1000, reason).reason).toBe('');
});
