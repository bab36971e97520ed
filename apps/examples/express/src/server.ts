import { once } from 'node:events';
import { createServer } from 'node:http';
import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { attach, MessageType, Pool, refuse } from 'webson';
import { createApp, say } from './app.js';
import { userOf } from './sessions.js';

const help = `An Express app, and WebSockets at /live for who has logged in.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7453)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7453', host: '127.0.0.1' });
  if (options === undefined) return;
  const port = wholeNumber('--port', options.port, 0, 65535);
  const pool = new Pool({ name: 'live' });
  const http = createServer(createApp(pool));

  const authorize = async ({ raw }: { raw: Parameters<typeof userOf>[0] }) =>
    (await userOf(raw)) ?? refuse(401, { body: 'log in first' });
  const sockets = attach(http, { path: '/live', authorize, maxMessageSize: 16 * 1024 }, (ws) => {
    ws.onReady((client) => client.dispatch(MessageType.Text, `hello ${ws.data}`));
    ws.onMessage(MessageType.Text, (message) => void say(pool, ws.data, message.text()));
    pool.add(ws, { group: ws.data });
  });

  http.listen(port, options.host);
  await once(http, 'listening').catch((cause: Error & { code?: string }) => {
    const reason =
      cause.code === 'EADDRINUSE' ? 'another server has it: choose another port, or 0 for any' : cause.message;
    throw new Error(`cannot listen on port ${port}: ${reason}`, { cause });
  });
  // The connections first: the HTTP server waits for their sockets.
  const stopped = untilStopped(async () => {
    await sockets.close();
    http.closeAllConnections();
    http.close();
  });
  const live = new URL('/live', sockets.url);
  process.stdout.write(`listening on ${live}\nthe page is http://${live.host}/\n`);
  await stopped;
});
