// A program that does, of what a developer may get wrong, the things that its arguments name, with the built package.
import { dial, MessageType, serve } from '@webson/connection';

const tls = JSON.parse(process.env.TLS ?? 'null');
const client = tls === null ? {} : { tls: { ca: tls.cert } };

async function listen(options = {}, onConnection = () => {}) {
  return serve({ host: '127.0.0.1', ...(tls === null ? {} : { tls }), ...options }, onConnection);
}

const WHAT = {
  async handler() {
    const server = await listen({}, (ws) => {
      ws.onMessage(MessageType.Text, function onText(message) {
        return JSON.parse(message.text()).a.b;
      });
    });
    for (const text of ['{"a":1', '{"a":2', '{}', '{}']) {
      const ws = await dial(`${server.url}?token=s3cret`, client);
      ws.onReady((adapter) => adapter.dispatch(MessageType.Text, text));
      console.log((await ws.start()).code);
    }
    await server.close();
  },

  async origin() {
    const server = await listen();
    for (const host of ['a', 'a', 'b']) {
      const extraHeaders = { Origin: `http://${host}.test:5173`, Cookie: 's3cret-cookie' };
      await dial(`${server.url}?token=s3cret`, { ...client, extraHeaders }).catch((error) => console.log(error.status));
    }
    await server.close();
  },

  async unstarted() {
    const server = await listen({}, () => new Promise(() => {}));
    const ws = await dial(`${server.url}?token=s3cret`, client);
    process.once('warning', () => process.once('warning', () => setImmediate(end)));
    async function end() {
      ws.close();
      await server.drain({ deadline: 100 });
      await server.close();
    }
  },

  // Nothing keeps the process but a connection that nobody starts, which is let go.
  async leaving() {
    const server = await listen({ pingInterval: 0 }, () => new Promise(() => {}));
    const { connect } = await import('node:net');
    const socket = connect(server.address.port, '127.0.0.1');
    await dial(server.url, { pingInterval: 0, connect: () => socket });
    for (const handle of process._getActiveHandles()) handle.unref?.();
  },

  async refused() {
    const server = await listen({ path: '/here' });
    await dial(server.url.replace('/here', '/there?token=s3cret'), client).catch((error) => console.log(error.status));
    await dial('ws://user:s3cret@127.0.0.1:1/?token=s3cret').catch((error) => console.log(error.code));
    await server.close();
  },

  async closes() {
    const server = await listen({ protocols: 'chat' });
    const extraHeaders = { Authorization: 'Bearer s3cret', Cookie: 's3cret' };
    const ws = await dial(`${server.url}?token=s3cret`, { ...client, extraHeaders, protocols: 'chat' });
    ws.onReady((adapter) => adapter.close(4001, 'bye\u001b'));
    await ws.start();
    await server.close();
  },
};

for (const what of process.argv.slice(2)) await WHAT[what]();
