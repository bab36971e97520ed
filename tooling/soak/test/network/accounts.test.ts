import { describe, expect, test } from 'vitest';
import { Accounts } from '../../src/network/accounts.js';
import type { LifeReport } from '../../src/network/correspondent.js';

const SERVER: LifeReport = {
  life: 'life 1',
  side: 'server',
  kind: 'plain',
  sent: 10,
  received: 5,
  wasClean: true,
  code: 1000,
  unsent: 0,
  mayBeSent: 0,
  hasTimedOut: false,
  hasLeft: false,
  faults: [],
};
const CLIENT: LifeReport = { ...SERVER, side: 'client', sent: 5, received: 10 };
const BROKEN = { wasClean: false, code: 1006 };

interface Case {
  readonly server?: Partial<LifeReport> | undefined;
  readonly client?: Partial<LifeReport> | undefined;
  readonly isHalfOpen?: boolean;
  readonly isSilenced?: boolean;
  readonly hasCuts?: boolean;
}

/** Both ends of a life, but for one that is given as undefined, and what is wrong with it. */
function faults(one: Case): readonly string[] {
  const accounts = new Accounts({ hasCuts: one.hasCuts ?? true });
  if (one.isHalfOpen === true) accounts.halfOpened('life 1');
  if (one.isSilenced === true) accounts.silenced('life 1');
  if (!('server' in one) || one.server !== undefined) accounts.report({ ...SERVER, ...one.server });
  if (!('client' in one) || one.client !== undefined) accounts.report({ ...CLIENT, ...one.client });
  accounts.finish();
  return accounts.faults;
}

describe('what is as it should be', () => {
  test.each<[string, Case]>([
    ['all of it, and a clean close', {}],
    ['a clean close, without what was told', { server: { unsent: 2 }, client: { received: 8 } }],
    ['a break, and what was under way is lost', { server: BROKEN, client: { ...BROKEN, received: 7 } }],
    ['what may have been sent, and came', { server: { ...BROKEN, unsent: 3, mayBeSent: 3 }, client: BROKEN }],
    ['half open, and found out', { isHalfOpen: true, server: { ...BROKEN, hasTimedOut: true }, client: BROKEN }],
    ['held, and found silent', { isSilenced: true, server: { ...BROKEN, hasTimedOut: true }, client: BROKEN }],
    ['held, and nobody minded', { isSilenced: true }],
    ['the client never heard of its life', { server: { ...BROKEN, received: 0 }, client: undefined }],
    ['nothing cuts, and its own heartbeat did', { hasCuts: false, client: { ...BROKEN, hasTimedOut: true } }],
  ])('%s', (_name, one) => {
    expect(faults(one)).toEqual([]);
  });
});

describe('what is a fault', () => {
  test.each<[string, Case]>([
    ['lost, though closed cleanly', { client: { received: 9 } }],
    ['lost, and too little told', { server: { unsent: 1 }, client: { received: 8 } }],
    ['more than was sent', { server: BROKEN, client: { ...BROKEN, received: 11 } }],
    ['what was told as not sent, and came', { server: { ...BROKEN, unsent: 3 }, client: BROKEN }],
    ['half open, and broken for another reason', { isHalfOpen: true, server: BROKEN, client: BROKEN }],
    ['held, and never over', { isSilenced: true, server: undefined, client: undefined }],
    ['half open, and never over', { isHalfOpen: true, server: undefined, client: undefined }],
    ['found silent, though nothing held its bytes', { server: { ...BROKEN, hasTimedOut: true }, client: BROKEN }],
    ['broken, though nothing cuts', { hasCuts: false, server: BROKEN, client: BROKEN }],
    ['the server never ends', { server: undefined }],
    ['the client never ends', { client: undefined }],
    ['mails in a life without a name', { client: { life: '' }, server: BROKEN }],
    ['one side twice', { client: { side: 'server' } }],
    ['what an end has seen itself', { client: { faults: ['mail 3 came twice'] } }],
  ])('%s', (_name, one) => {
    expect(faults(one)).not.toEqual([]);
  });
});

test('who waits for what is half open waits until one end has noticed', () => {
  const accounts = new Accounts({ hasCuts: true });
  expect(accounts.hasHalfOpen).toBe(false);
  accounts.halfOpened('life 1');
  expect(accounts.hasHalfOpen).toBe(true);
  accounts.report({ ...SERVER, ...BROKEN, hasTimedOut: true });
  expect(accounts.hasHalfOpen).toBe(false);
});

test('who is found silent must have been: nothing was passed on for as long as that takes, less what may not be read yet', () => {
  const accounts = new Accounts({ hasCuts: true });
  for (const quiet of [0, 100, 101, 1000, 2399, 2400, 2500, 9000]) accounts.foundSilent(`${quiet}`, quiet);
  expect(accounts.faults.map((fault) => fault.split(':')[0])).toEqual(['101', '1000', '2399']);
});
