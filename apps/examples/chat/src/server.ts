import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { type Refusal, refuse, serve, type UpgradeRequest } from 'webson';
import { Rooms } from './rooms.js';
import { type Member, TokenError, Tokens } from './tokens.js';

const help = `A chat: rooms with a history, for who has a token. Who logs in at /login gets one.

  npx -y pnpm@12 --silent server [options]

  --port N            port to listen on; 0 for any (7452)
  --host HOST         address to listen on (127.0.0.1)
  --key SECRET        what tokens are signed with; CHAT_KEY does the same (another one for each run)
  --lifetime SECONDS  how long a token is good for (3600)
  --verbose           say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7452', host: '127.0.0.1', key: 'random', lifetime: '3600' });
  if (options === undefined) return;
  const key = options.key === 'random' ? (process.env.CHAT_KEY ?? randomBytes(32).toString('hex')) : options.key;
  const tokens = new Tokens(new TextEncoder().encode(key), wholeNumber('--lifetime', options.lifetime, 1, 31_536_000));
  const rooms = new Rooms();
  const authorize = async ({ headers }: UpgradeRequest): Promise<Member | Refusal> => {
    try {
      return await tokens.check(headers.get('authorization'));
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      // Before the upgrade: the client reads why, as of any other request.
      return refuse(401, { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' }, body: error.message });
    }
  };
  const server = await serve(
    {
      host: options.host,
      port: wholeNumber('--port', options.port, 0, 65535),
      maxMessageSize: 16 * 1024,
      authorize,
      onRequest: (request, response) => logIn(tokens, request, response),
    },
    (ws) => rooms.add(ws),
  );
  const stopped = untilStopped(() => server.close());
  process.stdout.write(`listening on ${server.url}\n`);
  await stopped;
});

/** Answers `POST /login` with a token. */
async function logIn(tokens: Tokens, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = (status: number, text: string): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store' }).end(text);
  };
  if (request.method !== 'POST' || request.url !== '/login') return answer(404, 'POST /login is all there is');
  if (!(Number(request.headers['content-length']) <= 1000)) return answer(413, 'up to 1000 bytes of JSON are needed');
  try {
    const { name, password } = Object(await json(request)) as Record<string, unknown>;
    answer(200, await tokens.issue(name, password));
  } catch (error) {
    if (error instanceof SyntaxError) answer(400, 'that is no JSON');
    else if (error instanceof TokenError) answer(401, error.message);
    else throw error;
  }
}
