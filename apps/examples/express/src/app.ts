import { fileURLToPath } from 'node:url';
import express, { type Express, type RequestHandler } from 'express';
import { MessageType, type Pool } from 'webson';
import { sessions } from './sessions.js';

const USERS: ReadonlyMap<unknown, string> = new Map([
  ['ada', 'lovelace'],
  ['bob', 'kahn'],
]);

/** Says something to all connections; returns how many it reached. */
export function say(pool: Pool, user: string, text: unknown): number {
  return pool.dispatch(MessageType.Text, `${user}: ${String(text).slice(0, 1000)}`);
}

/** An app as any other. What it needs of the connections is their pool. */
export function createApp(pool: Pool): Express {
  const app = express();
  const loggedIn: RequestHandler = (request, response, next) => {
    if (request.session.user === undefined) response.status(401).json({ error: 'log in first' });
    else next();
  };
  app.use(express.static(fileURLToPath(new URL('../public', import.meta.url))), express.json(), sessions);

  app.post('/login', (request, response) => {
    const { name, password } = Object(request.body) as Record<string, unknown>;
    // Who is not there has no password, and neither has a request without one.
    if (typeof name !== 'string' || typeof password !== 'string' || USERS.get(name) !== password) {
      response.status(401).json({ error: 'another name and password are needed' });
      return;
    }
    // A new id: one that somebody else has planted is worth nothing.
    request.session.regenerate(() => {
      request.session.user = name;
      response.json({ user: name });
    });
  });

  // Who posts reaches those who are connected.
  app.post('/notes', loggedIn, (request, response) => {
    const { text } = Object(request.body) as Record<string, unknown>;
    response.json({ reached: say(pool, request.session.user ?? '', text) });
  });

  // A session that has ended leaves connections behind, unless they are closed.
  app.post('/logout', loggedIn, (request, response) => {
    const { user = '' } = request.session;
    request.session.destroy(() => {
      for (const connection of pool.members(user)) connection.close(4000, 'logged out');
      response.json({});
    });
  });

  app.use((_request, response) => void response.status(404).json({ error: 'nothing here' }));
  return app;
}
