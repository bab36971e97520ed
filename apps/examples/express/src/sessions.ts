import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import session from 'express-session';

declare module 'express-session' {
  interface SessionData {
    user: string;
  }
}

/** The middleware of sessions. The secret is another one for each run: who was logged in has to do it again. */
export const sessions: RequestHandler = session({
  secret: randomBytes(32).toString('hex'),
  resave: false,
  saveUninitialized: false,
  cookie: { sameSite: 'lax' },
});

/** The user of an upgrade, which no middleware sees: its session is read as the middleware would. Nothing can be saved here. */
export function userOf(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    sessions(request as Request, {} as Response, (error?: unknown) => {
      if (error === undefined) resolve((request as Request).session.user);
      else reject(error);
    });
  });
}
