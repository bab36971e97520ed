import { describe, expect, it } from 'vitest';
import { HeaderMap } from '../src/headers.js';

describe('HeaderMap', () => {
  const headers = new HeaderMap([
    ['Host', 'example.com'],
    ['Connection', 'keep-alive'],
    ['CONNECTION', 'Upgrade'],
  ]);

  it('finds names in any case and joins repetitions', () => {
    expect(headers.get('host')).toBe('example.com');
    expect(headers.get('HOST')).toBe('example.com');
    expect(headers.get('connection')).toBe('keep-alive, Upgrade');
    expect(headers.getAll('Connection')).toEqual(['keep-alive', 'Upgrade']);
    expect(headers.has('cOnNeCtIoN')).toBe(true);
    expect(headers.size).toBe(3);
  });

  it('tells an absent header from an empty one', () => {
    expect(headers.get('upgrade')).toBeUndefined();
    expect(headers.getAll('upgrade')).toEqual([]);
    expect(headers.has('upgrade')).toBe(false);
    expect(new HeaderMap([['Upgrade', '']]).get('upgrade')).toBe('');
  });

  it('keeps order and spelling when iterated', () => {
    expect([...headers]).toEqual([
      ['Host', 'example.com'],
      ['Connection', 'keep-alive'],
      ['CONNECTION', 'Upgrade'],
    ]);
  });

  it('cannot be changed through what it hands out', () => {
    (headers.getAll('connection') as string[]).push('x');
    expect(headers.getAll('connection')).toHaveLength(2);
  });

  it('knows no names but those of the message', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(headers.get(name)).toBeUndefined();
      expect(headers.getAll(name)).toEqual([]);
    }
    const odd = new HeaderMap([['__proto__', 'x']]);
    expect(odd.get('__PROTO__')).toBe('x');
  });

  it('comes from rawHeaders of node:http', () => {
    const raw = HeaderMap.fromRaw(['Host', 'a', 'Cookie', '1', 'cookie', '2', 'odd']);
    expect(raw.getAll('cookie')).toEqual(['1', '2']);
    expect(raw.size).toBe(3);
  });

  it('comes from a plain object', () => {
    const record = HeaderMap.fromRecord({ Host: 'a', 'Set-Cookie': ['1', '2'], Absent: undefined, None: [] });
    expect([...record]).toEqual([
      ['Host', 'a'],
      ['Set-Cookie', '1'],
      ['Set-Cookie', '2'],
    ]);
    expect(record.has('absent')).toBe(false);
    expect(record.has('none')).toBe(false);
  });
});
