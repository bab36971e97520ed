// What webson does in somebody's test, whatever runs it. An exercise throws when something does not hold, and waits for events
// alone: a timer may be a fake one.

import net from 'node:net';

function same(actual, expected) {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${wanted} expected, got ${got}`);
}

/** A promise that is resolved from outside. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** A connection that sends one message after the other, and awaits its echo. */
async function open(dial, url, options) {
  const ws = await dial(url, options);
  const ready = gate();
  const waiting = [];
  ws.onMessage(1, (message) => waiting.shift()(message.text()));
  ws.onMessage(2, (message) => waiting.shift()([...message.read()]));
  ws.onReady(ready.open);
  const ended = ws.start();
  await ready.opened;
  const echo = (type, payload) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      ws.dispatch(type, payload);
    });
  return { ws, ended, echo };
}

function echoing(ws) {
  ws.onMessage(1, (message, adapter) => void adapter.dispatch(1, message.text()));
  ws.onMessage(2, (message, adapter) => void adapter.dispatch(2, message.read()));
}

async function withServer({ serve }, options, onConnection, action) {
  const server = await serve({ host: '127.0.0.1', ...options }, onConnection);
  try {
    return await action(server.url);
  } finally {
    await server.close();
  }
}

const HEAD =
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

/** A client that says nothing after its handshake. */
function silentClient(url) {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {}).resume();
  socket.write(HEAD);
  return socket;
}

/** A server that takes connections and says nothing. */
async function silentServer() {
  const sockets = [];
  const server = net.createServer((socket) => sockets.push(socket.on('error', () => {})));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port: server.address().port, close };
}

/** Each takes what `import('webson')` gives. */
export const exercises = {
  async 'every kind of payload comes back'(webson) {
    await withServer(webson, { enableCompress: true }, echoing, async (url) => {
      const { ws, ended, echo } = await open(webson.dial, url, { enableCompress: true });
      same(await echo(1, 'hello'), 'hello');
      const long = 'ä€😀'.repeat(20_000);
      same((await echo(1, long)) === long, true);
      same(await echo(2, new Uint8Array([1, 2, 3])), [1, 2, 3]);
      same(await echo(2, new Uint8Array([1, 2, 3]).buffer), [1, 2, 3]);
      same(await echo(2, new DataView(new ArrayBuffer(2))), [0, 0]);
      same(await echo(2, new Uint16Array([258])), [2, 1]);
      same(await echo(2, Buffer.from('abc')), [97, 98, 99]);
      same((await echo(2, new Uint8Array(100_000).fill(7))).length, 100_000);
      ws.close(4000, 'enough');
      const { code, reason, wasClean } = await ended;
      same([code, reason, wasClean], [4000, 'enough', true]);
    });
  },

  async 'streams pass beside each other'(webson) {
    const options = { enableStreams: true, triggerOnStart: true };
    const count = (ws) =>
      ws.onMessage(2, async (message, adapter) => {
        let length = 0;
        for await (const piece of message.readIter()) length += piece.length;
        adapter.dispatch(1, String(length));
      });
    await withServer(webson, options, count, async (url) => {
      const ws = await webson.dial(url, { enableStreams: true });
      const [ready, done] = [gate(), gate()];
      const lengths = [];
      ws.onMessage(1, (message) => lengths.push(Number(message.text())) === 3 && done.open());
      ws.onReady(ready.open);
      const ended = ws.start();
      await ready.opened;
      async function* source(pieces) {
        for (let i = 0; i < pieces; i++) yield new Uint8Array(50_000);
      }
      await Promise.all([source(40), source(20), [new Uint8Array(123)]].map((each) => ws.dispatchReader(2, each)));
      await done.opened;
      same(
        lengths.sort((a, b) => a - b),
        [123, 1_000_000, 2_000_000],
      );
      ws.close();
      await ended;
    });
  },

  async 'a connection is two web streams'(webson) {
    await withServer(webson, {}, echoing, async (url) => {
      const { readable, writable, closed } = webson.toStreams(await webson.dial(url));
      const writer = writable.getWriter();
      await writer.write(new Uint8Array([1, 2, 3]));
      const reader = readable.getReader();
      same([...(await reader.read()).value], [1, 2, 3]);
      await reader.cancel();
      await closed;
    });
  },

  async 'a heartbeat goes on, and finds who is silent'(webson) {
    await withServer(webson, { pingInterval: 15 }, echoing, async (url) => {
      const ws = await webson.dial(url);
      const pinged = gate();
      ws.onMessage(9, (message) => {
        ws.pong(message.read());
        pinged.open();
      });
      const ended = ws.start();
      await pinged.opened;
      ws.close();
      await ended;
    });
    const silent = gate();
    const find = (ws) =>
      ws.onStatus(webson.Status.Timeout, (_previous, adapter) => {
        silent.open();
        adapter.close();
      });
    await withServer(webson, { pingInterval: 10, timeout: { pong: 15, close: 15 } }, find, async (url) => {
      const socket = silentClient(url);
      await silent.opened;
      socket.destroy();
    });
  },

  async 'a handshake has a deadline, a signal and an error'({ dial, HandshakeError }) {
    const silent = await silentServer();
    const url = `ws://127.0.0.1:${silent.port}/`;
    const late = await dial(url, { timeout: { handshake: 25 } }).catch((error) => error);
    same([late.code, late instanceof HandshakeError, late instanceof Error], ['TIMEOUT', true, true]);
    const abort = new AbortController();
    const given = dial(url, { signal: abort.signal }).catch((error) => error);
    const reason = new Error('not any more');
    abort.abort(reason);
    same((await given) === reason, true);
    await silent.close();
    const refused = await dial(url).catch((error) => error);
    same([refused.code, refused instanceof HandshakeError], ['CONNECT_FAILED', true]);
  },

  async 'a pool dials again'(webson) {
    const leave = (ws) =>
      ws.onMessage(1, (message, adapter) => {
        if (message.text() === 'leave') adapter.close(1012);
        else adapter.dispatch(1, message.text());
      });
    await withServer(webson, {}, leave, async (url) => {
      const pool = new webson.Pool({ clientRetry: 5, retryInterval: 1 });
      const [back, text] = [gate(), gate()];
      const ws = await pool.dial(url, {}, { name: 'feed' });
      pool.onRedial(({ step }) => step === 'ready' && back.open());
      ws.onMessage(1, (message) => text.open(message.text()));
      same(pool.dispatch(1, 'leave'), 1);
      await back.opened;
      same(pool.toPick('feed', 1, 'here again'), true);
      same(await text.opened, 'here again');
      await pool.close();
    });
  },

  async 'a server drains'(webson) {
    const server = await webson.serve({ host: '127.0.0.1' }, echoing);
    const { ended, echo } = await open(webson.dial, server.url);
    same(await echo(1, 'a'), 'a');
    await server.drain();
    same((await ended).wasClean, true);
    await server.close();
  },
};

/** A Blob of whoever imitates a page is sent. That of jsdom is read by timers, and waits for fake ones. */
export async function sendBlob(webson) {
  await withServer(webson, {}, echoing, async (url) => {
    const { ws, ended } = await open(webson.dial, url);
    const back = gate();
    ws.onMessage(2, (message) => back.open(message.text()));
    await ws.dispatchReader(2, new Blob(['abc', new Uint8Array([100])]));
    same(await back.opened, 'abcd');
    ws.close();
    await ended;
  });
}

/** One connection over which messages go on while `steps` are taken between them, one after the other. */
export async function between(webson, steps) {
  await withServer(webson, { pingInterval: 10 }, echoing, async (url) => {
    const { ws, ended, echo } = await open(webson.dial, url);
    for (const [index, step] of steps.entries()) {
      await step();
      same(await echo(1, `message ${index}`), `message ${index}`);
      // Some are under way while the next step is taken.
      const late = echo(2, new Uint8Array([index]));
      await steps[index + 1]?.();
      same(await late, [index]);
      const pinged = gate();
      ws.onMessage(9, (message) => {
        ws.pong(message.read());
        pinged.open();
      });
      await pinged.opened;
    }
    ws.close();
    same((await ended).wasClean, true);
  });
}

/** Traffic of a connection that has nothing to do with a test: goes on until `stop`, which tells whether all has come back. */
export async function otherTraffic(webson) {
  const server = await webson.serve({ host: '127.0.0.1' }, echoing);
  const { ws, ended, echo } = await open(webson.dial, server.url);
  let [isOver, count] = [false, 0];
  const going = (async () => {
    for (; !isOver; count++) same(await echo(1, `other ${count}`), `other ${count}`);
  })();
  return {
    async stop() {
      isOver = true;
      await going;
      ws.close();
      same((await ended).wasClean, true);
      await server.close();
      same(count > 0, true);
    },
  };
}
