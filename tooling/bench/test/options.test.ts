import { describe, expect, it } from 'vitest';
import { parseCoreList } from '../src/cores.js';
import { parseWsload, wsloadArguments } from '../src/load/wsload.js';
import { parseOptions } from '../src/options.js';

describe('parseOptions', () => {
  it('measures every cell of ws and webson in five rounds when not told otherwise', () => {
    const plan = parseOptions([], {})?.plan;
    expect(plan?.cells.map((cell) => cell.name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(plan?.servers.map((kind) => kind.name)).toEqual(['ws', 'webson']);
    expect(plan?.rounds).toBe(5);
    expect(plan?.wsload).toBeUndefined();
  });

  it('takes what it is told', () => {
    const options = parseOptions(['--', '--cells', 'c,a', '--rounds=7', '--json', 'x.json', '--no-pin'], {
      WSLOAD: '/w',
    });
    expect(options?.json).toBe('x.json');
    expect(options?.plan).toMatchObject({ rounds: 7, wsload: '/w', cells: [{ name: 'c' }, { name: 'a' }] });
    expect(options?.plan.cores.server).toBeUndefined();
  });

  it('names what it does not know', () => {
    expect(() => parseOptions(['--cells', 'a,z'], {})).toThrow('--cells: there is no z; there are a, b, c');
    expect(() => parseOptions(['--seconds', '-1'], {})).toThrow(/--seconds/);
  });
});

it('reads lists of cores as Linux writes them', () => {
  expect(parseCoreList('0-2,5,7-8\n')).toEqual([0, 1, 2, 5, 7, 8]);
  expect(parseCoreList('')).toEqual([]);
});

describe('wsload', () => {
  it('is asked for the same job', () => {
    const cell = { name: 'b', connections: 10, size: 20, inFlight: 100 };
    const job = { port: 9, serverPid: 7, speech: 'websocket' as const, cell, warmup: 1, seconds: 2 };
    expect(wsloadArguments(job).join(' ')).toBe('echo -p 9 -n 10 -s 20 -w 100 -t 2 -W 1 -P 7 -b -j');
  });

  it('is read in its own units', () => {
    const line = {
      rate: 1000,
      secs: 2,
      cpu_load: 50,
      wait_load: 10,
      cpu_server: 90,
      wait_server: 0,
      errors: 0,
      lost: 0,
    };
    expect(parseWsload(line)).toMatchObject({ messages: 2000, loadCpu: 0.5, loadWaiting: 0.1, serverCpu: 0.9 });
    expect(() => parseWsload({ rate: 1 })).toThrow(/wsload printed no /);
  });
});
