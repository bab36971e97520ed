import type { ExtensionParam } from '@webson/handshake';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DeflateParameters, formatParameters, parseParameters } from '../src/parameters.js';

const NONE: DeflateParameters = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: undefined,
  clientMaxWindowBits: undefined,
};

function param(name: string, value: string | true = true): ExtensionParam {
  return { name, value };
}

describe('parseParameters', () => {
  test.each<[string, ExtensionParam[], Partial<DeflateParameters>]>([
    ['none', [], {}],
    ['server_no_context_takeover', [param('server_no_context_takeover')], { serverNoContextTakeover: true }],
    ['client_no_context_takeover', [param('client_no_context_takeover')], { clientNoContextTakeover: true }],
    ['server_max_window_bits', [param('server_max_window_bits', '8')], { serverMaxWindowBits: 8 }],
    ['client_max_window_bits', [param('client_max_window_bits', '15')], { clientMaxWindowBits: 15 }],
    [
      'all, in another order',
      [
        param('client_max_window_bits', '10'),
        param('client_no_context_takeover'),
        param('server_max_window_bits', '12'),
        param('server_no_context_takeover'),
      ],
      {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverMaxWindowBits: 12,
        clientMaxWindowBits: 10,
      },
    ],
  ])('%s', (_, params, expected) => {
    expect(parseParameters(params, 'offer')).toEqual({ ...NONE, ...expected });
    expect(parseParameters(params, 'answer')).toEqual({ ...NONE, ...expected });
  });

  test('client_max_window_bits may stand alone in an offer only', () => {
    const params = [param('client_max_window_bits')];
    expect(parseParameters(params, 'offer')).toEqual({ ...NONE, clientMaxWindowBits: true });
    expect(parseParameters(params, 'answer')).toEqual({ fault: 'bad value', name: 'client_max_window_bits' });
  });

  const junk = [
    '',
    '7',
    '16',
    '0',
    '08',
    '010',
    '+9',
    '-9',
    '9.0',
    '1e1',
    ' 9',
    '9 ',
    '9\n',
    'ten',
    '０９',
    '999999999999',
    '"10"',
  ];
  test.each([
    ...junk.map((value) => [param('server_max_window_bits', value), 'bad value'] as const),
    ...junk.map((value) => [param('client_max_window_bits', value), 'bad value'] as const),
    [param('server_max_window_bits'), 'bad value'] as const,
    [param('server_no_context_takeover', 'true'), 'bad value'] as const,
    [param('client_no_context_takeover', ''), 'bad value'] as const,
    [param('__proto__'), 'unknown'] as const,
    [param('constructor'), 'unknown'] as const,
    [param('Server_no_context_takeover'), 'unknown'] as const,
  ])('refuses %o', (bad, fault) => {
    expect(parseParameters([bad], 'offer')).toEqual({ fault, name: bad.name });
    expect(parseParameters([bad], 'answer')).toEqual({ fault, name: bad.name });
  });

  test.each([
    [param('server_no_context_takeover'), param('server_no_context_takeover')],
    [param('client_no_context_takeover'), param('client_no_context_takeover')],
    [param('server_max_window_bits', '10'), param('server_max_window_bits', '10')],
    [param('client_max_window_bits', '10'), param('client_max_window_bits')],
  ])('refuses %o twice', (first, second) => {
    expect(parseParameters([first, second], 'offer')).toEqual({ fault: 'repeated', name: first.name });
  });
});

describe('formatParameters', () => {
  test('has one order', () => {
    const all = {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: true,
    } as const;
    expect(formatParameters(all)).toEqual([
      param('server_no_context_takeover'),
      param('client_no_context_takeover'),
      param('server_max_window_bits', '9'),
      param('client_max_window_bits'),
    ]);
  });

  test('is what parseParameters reads', () => {
    const bits = fc.integer({ min: 8, max: 15 });
    const parameters = fc.record({
      serverNoContextTakeover: fc.boolean(),
      clientNoContextTakeover: fc.boolean(),
      serverMaxWindowBits: fc.option(bits, { nil: undefined }),
      clientMaxWindowBits: fc.oneof(bits, fc.constant(true as const), fc.constant(undefined)),
    });
    fc.assert(
      fc.property(parameters, (given) => {
        expect(parseParameters(formatParameters(given), 'offer')).toEqual(given);
      }),
    );
  });
});
