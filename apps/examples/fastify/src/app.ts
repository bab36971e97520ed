import { readFileSync } from 'node:fs';
import Fastify, { type FastifyInstance } from 'fastify';
import { attach, MessageType, Pool, type Refusal, refuse, type Server, type UpgradeRequest } from 'webson';
import { Tickets, userOf } from './users.js';

const page = readFileSync(new URL('../public/index.html', import.meta.url));

/** An app with WebSockets at /live; `sockets` is what `attach` returns. */
export function createApp(): { app: FastifyInstance; sockets: Server } {
  const app = Fastify();
  const pool = new Pool({ name: 'live' });
  const tickets = new Tickets();
  const say = (user: string, text: unknown): number =>
    pool.dispatch(MessageType.Text, `${user}: ${String(text).slice(0, 1000)}`);

  app.get('/', (_request, reply) => reply.type('text/html').send(page));

  // Routes for users alone; the same function looks at their requests and at upgrades.
  app.register((routes, _options, done) => {
    routes.addHook('onRequest', async ({ headers }, reply) => {
      if (userOf(headers.authorization) === undefined)
        await reply.code(401).send({ error: 'another user and password are needed' });
    });
    routes.post('/ticket', ({ headers }, reply) =>
      reply.header('Cache-Control', 'no-store').send({ ticket: tickets.issue(userOf(headers.authorization) ?? '') }),
    );
    // Who posts reaches those who are connected.
    routes.post('/notes', ({ headers, body }) => ({
      reached: say(userOf(headers.authorization) ?? '', (Object(body) as Record<string, unknown>).text),
    }));
    done();
  });

  const authorize = ({ url, headers }: UpgradeRequest): string | Refusal =>
    tickets.take(url.searchParams.get('ticket')) ??
    userOf(headers.get('authorization')) ??
    refuse(401, { body: 'a user and a password are needed, or a ticket that was not used' });
  const sockets = attach(app.server, { path: '/live', authorize, maxMessageSize: 16 * 1024 }, (ws) => {
    ws.onReady((client) => client.dispatch(MessageType.Text, `hello ${ws.data}`));
    ws.onMessage(MessageType.Text, (message) => void say(ws.data, message.text()));
    pool.add(ws);
  });
  // Not `onClose`, which comes when the server has closed, and that waits for the connections.
  app.addHook('preClose', () => sockets.close());
  return { app, sockets };
}
