import { expect, test } from 'vitest';
import { type DeflateAgreement, inbound, outbound } from '../src/index.js';

const agreement: DeflateAgreement = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 9,
  clientMaxWindowBits: 12,
};
const serverSends = { contextTakeover: false, windowBits: 9 };
const clientSends = { contextTakeover: true, windowBits: 12 };

test('each end sends what the other receives', () => {
  expect(outbound(agreement, 'server')).toEqual(serverSends);
  expect(inbound(agreement, 'client')).toEqual(serverSends);
  expect(outbound(agreement, 'client')).toEqual(clientSends);
  expect(inbound(agreement, 'server')).toEqual(clientSends);
});
