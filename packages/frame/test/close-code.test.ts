import { expect, test } from 'vitest';
import { CloseCode, isSendableCloseCode } from '../src/close-code.js';

test('the codes of RFC 6455 §7.4.1 and the IANA registry', () => {
  expect(CloseCode).toEqual({
    NormalClosure: 1000,
    GoingAway: 1001,
    ProtocolError: 1002,
    UnsupportedData: 1003,
    NoStatusReceived: 1005,
    AbnormalClosure: 1006,
    InvalidPayload: 1007,
    PolicyViolation: 1008,
    MessageTooBig: 1009,
    MandatoryExtension: 1010,
    InternalError: 1011,
    ServiceRestart: 1012,
    TryAgainLater: 1013,
    BadGateway: 1014,
    TlsHandshake: 1015,
  });
});

test('which may be sent, of all 65536', () => {
  const sendable: [number, number][] = [];
  for (let code = 0; code <= 0xffff; code++) {
    if (!isSendableCloseCode(code)) continue;
    const range = sendable.at(-1);
    if (range?.[1] === code - 1) range[1] = code;
    else sendable.push([code, code]);
  }
  expect(sendable).toEqual([
    [1000, 1003],
    [1007, 1014],
    [3000, 4999],
  ]);
});

test.each([-1000, 1000.5, 3000.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32 + 1000])('not %d', (code) => {
  expect(isSendableCloseCode(code)).toBe(false);
});
