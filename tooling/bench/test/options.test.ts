import { describe, expect, it } from 'vitest';
import { serversIn } from '../src/bench.js';
import { parseCoreList } from '../src/cores.js';
import { growthCells } from '../src/growth/cells.js';
import { parseWsload, wsloadArguments } from '../src/load/wsload.js';
import { choiceOf, parseOptions } from '../src/options.js';
import { plainKinds, serverKinds } from '../src/servers/index.js';

describe('parseOptions', () => {
  it('measures everybody, with every kind of messages, when not told otherwise', () => {
    const plan = parseOptions([], {})?.plan;
    expect(plan?.cells.map((cell) => cell.name)).toEqual(
      ['', '-text', '-unicode'].flatMap((kind) => ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}${kind}`)),
    );
    expect(plan?.servers).toEqual(serverKinds);
    expect(plan?.rounds).toBe(3);
    expect(plan?.wsload).toBeUndefined();
  });

  it('measures whoever is named in every cell, with binary messages when not told otherwise', () => {
    const plan = parseOptions(['--servers', 'ws,webson'], {})?.plan;
    expect(plan?.servers.map((kind) => kind.name)).toEqual(['ws', 'webson']);
    expect(plan?.cells.every(({ payload }) => payload === undefined)).toBe(true);
  });

  it('measures who decodes text in cells of text alone', () => {
    const plan = parseOptions(['--servers=webson,webson-text', '--payload=unicode,binary', '--cells=c'], {})?.plan;
    expect(plan?.cells).toMatchObject([{ name: 'c-unicode', size: 1024, payload: 'unicode' }, { name: 'c' }]);
    const met = plan?.cells.map((cell) => serversIn(plan, cell).map(({ name }) => name));
    expect(met).toEqual([['webson', 'webson-text'], ['webson']]);
    expect(() => parseOptions(['--servers=webson,webson-text'], {})).toThrow('webson-text knows text alone');
  });

  it('takes no payload where a benchmark has cells of its own', () => {
    const own = choiceOf({ cells: growthCells, servers: plainKinds });
    expect(parseOptions([], {}, own)?.plan).toMatchObject({ rounds: 5, servers: [{ name: 'ws' }, { name: 'webson' }] });
    for (const args of [['--payload=text'], ['--servers=bun'], ['--servers=ws-text']]) {
      expect(() => parseOptions(args, {}, own)).toThrow();
    }
  });

  it('takes what it is told', () => {
    const options = parseOptions(
      ['--', '--cells', 'c,a', '--rounds=7', '--json', 'x.json', '--svg=x.svg', '--payload=binary', '--no-pin'],
      {
        WSLOAD: '/w',
      },
    );
    expect(options).toMatchObject({ json: 'x.json', svg: 'x.svg' });
    expect(options?.plan).toMatchObject({ rounds: 7, wsload: '/w', cells: [{ name: 'c' }, { name: 'a' }] });
    expect(options?.plan.cores.server).toBeUndefined();
  });

  it('names what it does not know', () => {
    expect(() => parseOptions(['--cells', 'a,z'], {})).toThrow('--cells: there is no z; there are a, b, c');
    expect(() => parseOptions(['--payload', 'smoke'], {})).toThrow('there are binary, text, unicode');
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
    const ending = (payload: 'text' | 'unicode') => wsloadArguments({ ...job, cell: { ...cell, payload } }).slice(-2);
    expect(ending('text')).toEqual(['7', '-j']);
    expect(ending('unicode')).toEqual(['-U', '-j']);
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
