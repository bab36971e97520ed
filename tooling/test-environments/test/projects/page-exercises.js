// What the build for pages does where a test runner imitates a page. An exercise throws when something does not hold.

import { gate } from './exercises.js';

function same(actual, expected) {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${wanted} expected, got ${got}`);
}

async function open({ dial }, url, options) {
  const ws = await dial(url, options);
  const ready = gate();
  const waiting = [];
  ws.onMessage(1, (message) => waiting.shift()(message.text()));
  ws.onReady(ready.open);
  const ended = ws.start();
  await ready.opened;
  const answer = (send) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      void send(ws);
    });
  return { ws, ended, answer };
}

/** A Blob of whoever imitates a page is sent. That of jsdom is read by timers, and waits for fake ones. */
export async function sendBlob(webson, url) {
  const { ws, ended, answer } = await open(webson, url, { enableStreams: true });
  const blob = new Blob(['abc', new Uint8Array([1])]);
  same(await answer(() => ws.dispatchReader(2, blob)), '4 bytes, sum 295');
  ws.close();
  await ended;
}

/** Each takes what `import('webson')` gives, and the URL of the server. */
export const pageExercises = {
  async 'it is the build for pages'(webson) {
    same(['serve' in webson, 'dial' in webson], [false, true]);
  },

  async 'plain messages pass'(webson, url) {
    const { ws, ended, answer } = await open(webson, url);
    same(await answer(() => ws.dispatch(1, 'hällo')), 'hällo');
    same(await answer(() => ws.dispatch(2, new Uint8Array([1, 2]))), '2 bytes, sum 3');
    same(await answer(() => ws.dispatch(2, new Uint8Array(300_000).fill(1).buffer)), '300000 bytes, sum 300000');
    ws.close(4000, 'enough ä');
    const { code, reason, wasClean } = await ended;
    same([code, reason, wasClean], [4000, 'enough ä', true]);
  },

  async 'streams pass beside each other, and pings'(webson, url) {
    const { ws, ended, answer } = await open(webson, url, { enableStreams: true });
    same(Object.keys(ws.extensions), ['webson-streams']);
    async function* source() {
      for (let i = 0; i < 20; i++) yield new Uint8Array(50_000).fill(1);
    }
    const sums = await Promise.all([source(), source()].map((each) => answer(() => ws.dispatchReader(2, each))));
    same(sums, ['1000000 bytes, sum 1000000', '1000000 bytes, sum 1000000']);
    const pinged = gate();
    ws.onMessage(9, (message) => pinged.open(message.text()));
    ws.dispatch(1, 'ping');
    same(await pinged.opened, 'ping');
    ws.close();
    same((await ended).wasClean, true);
  },

  async 'a connection is two web streams'(webson, url) {
    const { readable, writable, closed } = webson.toStreams(await webson.dial(url));
    await writable.getWriter().write(new Uint8Array([65]));
    const reader = readable.getReader();
    same(String.fromCharCode(...(await reader.read()).value), '1 bytes, sum 65');
    await reader.cancel();
    await closed;
  },

  async 'a handshake has a signal and an error'({ dial, HandshakeError }, url) {
    const refused = await dial('ws://127.0.0.1:1/').catch((error) => error);
    same([refused.code, refused instanceof HandshakeError, refused instanceof Error], ['CONNECT_FAILED', true, true]);
    const abort = new AbortController();
    const given = dial(url, { signal: abort.signal }).catch((error) => error);
    const reason = new Error('not any more');
    abort.abort(reason);
    same((await given) === reason, true);
  },

  async 'a pool dials again'(webson, url) {
    const pool = new webson.Pool({ clientRetry: 5, retryInterval: 1 });
    const [back, text] = [gate(), gate()];
    const ws = await pool.dial(url, { enableStreams: true }, { name: 'feed' });
    pool.onRedial(({ step }) => step === 'ready' && back.open());
    ws.onMessage(1, (message) => text.open(message.text()));
    same(pool.dispatch(1, 'leave'), 1);
    await back.opened;
    same(pool.toPick('feed', 1, 'here again'), true);
    same(await text.opened, 'here again');
    await pool.close();
  },

  async 'a stand-in for WebSocket is taken when it is dialled'({ dial }, url) {
    const { WebSocket } = globalThis;
    try {
      const urls = [];
      globalThis.WebSocket = class extends WebSocket {
        constructor(...given) {
          super(...given);
          urls.push(given[0]);
        }
      };
      const ws = await dial(url);
      const ended = ws.start();
      ws.close();
      await ended;
      same(urls, [url]);
      globalThis.WebSocket = undefined;
      const error = await dial(url).catch((reason) => reason);
      same(error.code, 'NO_WEBSOCKET');
    } finally {
      globalThis.WebSocket = WebSocket;
    }
  },
};
