import { WebSocket } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { dial } from '../../../src/web/client/dial.js';
import { serveForTest } from '../../node/harness.js';

const globals = globalThis as { WebSocket?: unknown };
const before = globals.WebSocket;

afterEach(() => {
  globals.WebSocket = before;
});

/** A server that sends bytes and a text, and echoes texts. */
async function talkative(): Promise<string> {
  const server = await serveForTest({ enableStreams: true }, (ws) => {
    ws.onReady((adapter) => {
      adapter.dispatch(2, Uint8Array.of(1, 2, 3));
      adapter.dispatch(1, 'behind it');
    });
    ws.onMessage(1, (message) => void ws.dispatch(1, message.text()));
  });
  return server.url;
}

/** A WebSocket that hands over other data than it got. */
function handingOver(change: (data: unknown) => unknown): unknown {
  return class extends WebSocket {
    override addEventListener(type: string, listener: unknown): void {
      const listen = listener as (event: object) => void;
      super.addEventListener(type as 'message', (event) => {
        listen(type === 'message' ? { data: change(event.data) } : event);
      });
    }
  };
}

test('a Blob, which comes where binaryType is not heeded, is not taken for a message without bytes', async () => {
  globals.WebSocket = handingOver((data) => (typeof data === 'string' ? data : new Blob([data as ArrayBuffer])));
  const url = await talkative();
  const ws = await dial(url);
  const got: unknown[] = [];
  ws.onMessage(1, (message) => void got.push(message.text()));
  ws.onMessage(2, (message) => void got.push(message.read()));
  const error = { code: 'CARRIER_CLOSED', message: expect.stringContaining('got [object Blob]') };
  expect(await ws.start()).toMatchObject({ code: 1006, wasClean: false, error });
  expect(got).toEqual([]);
  await expect(dial(url, { enableStreams: true })).rejects.toMatchObject({
    code: 'INNER_PROTOCOL',
    message: expect.stringContaining('got [object Blob]'),
  });
});

test.each([false, true])('a view is taken as the buffer that it shows, with streams: %s', async (enableStreams) => {
  globals.WebSocket = handingOver((data) => (typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer)));
  const ws = await dial(await talkative(), { enableStreams });
  const got: unknown[] = [];
  ws.onMessage(2, (message) => void got.push([...message.read()]));
  ws.onMessage(1, (message) => {
    got.push(message.text());
    ws.close(4000);
  });
  expect(await ws.start()).toMatchObject({ code: 4000 });
  expect(got).toEqual([[1, 2, 3], 'behind it']);
});

test.each([undefined, 0, 1004, 1015, 2500])(
  'an end with the code %s, which no Close can have, is told',
  async (code) => {
    const listeners: ((event: object) => void)[] = [];
    globals.WebSocket = class extends WebSocket {
      override addEventListener(type: string, listener: unknown): void {
        if (type === 'close') listeners.push(listener as (event: object) => void);
        else super.addEventListener(type as 'message', listener as () => void);
      }
    };
    for (const enableStreams of [false, true]) {
      const ws = await dial(await talkative(), { enableStreams });
      const ended = ws.start();
      // Some tell of an end twice.
      for (let i = 0; i < 2; i++) for (const each of listeners) each({ code });
      expect(await ended).toMatchObject({ code: 1006, wasClean: false, error: { code: 'CARRIER_CLOSED' } });
    }
  },
);

test('one that throws when it is given the parameters fails the attempt, and is closed', async () => {
  const closed: Promise<unknown>[] = [];
  globals.WebSocket = class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      closed.push(new Promise((resolve) => super.addEventListener('close', resolve)));
    }

    override send(): void {
      throw new DOMException('not now', 'InvalidStateError');
    }
  };
  await expect(dial(await talkative(), { enableStreams: true })).rejects.toMatchObject({
    name: 'HandshakeError',
    code: 'INNER_PROTOCOL',
    message: expect.stringContaining('not now'),
  });
  expect(closed).toHaveLength(1);
  await Promise.all(closed);
});

test.each([null, Number.NaN, -5])('a bufferedAmount of %s is none', async (bufferedAmount) => {
  globals.WebSocket = class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      Object.defineProperty(this, 'bufferedAmount', { value: bufferedAmount });
    }
  };
  const ws = await dial(await talkative());
  const text = 'ä'.repeat(200_000);
  let left = 4;
  ws.onMessage(1, (message) => {
    if (message.text() !== text) return;
    left--;
    if (left === 0) ws.close(4000);
  });
  const ended = ws.start();
  for (let i = 0; i < 4; i++) {
    if (!ws.dispatch(1, text)) await ws.drained();
  }
  expect(await ended).toMatchObject({ code: 4000 });
});

test('one that opens although it was given up is closed', async () => {
  let open: (() => void) | undefined;
  const closed = new Promise<void>((resolve) => {
    globals.WebSocket = class {
      binaryType = '';
      readonly protocol = '';
      #isOpen = false;

      addEventListener(type: string, listener: () => void): void {
        if (type !== 'open') return;
        open = () => {
          this.#isOpen = true;
          listener();
        };
      }

      close(): void {
        if (!this.#isOpen) throw new DOMException('not open yet', 'InvalidStateError');
        resolve();
      }
    };
  });
  const abort = new AbortController();
  const attempt = dial('ws://127.0.0.1:1/', { signal: abort.signal });
  const failed = expect(attempt).rejects.toThrow('enough');
  await Promise.resolve();
  abort.abort(new Error('enough'));
  await failed;
  open?.();
  await closed;
});
