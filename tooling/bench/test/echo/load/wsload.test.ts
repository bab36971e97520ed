import { describe, expect, it } from 'vitest';
import { parseWsload, wsloadArguments } from '../../../src/echo/load/wsload.js';

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
