import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { createApp } from './app.js';

const help = `A Fastify app, and WebSockets at /live for its users.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7454)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7454', host: '127.0.0.1' });
  if (options === undefined) return;
  const port = wholeNumber('--port', options.port, 0, 65535);
  const { app, sockets } = createApp();
  await app.listen({ port, host: options.host }).catch((cause: Error & { code?: string }) => {
    const reason =
      cause.code === 'EADDRINUSE' ? 'another server has it: choose another port, or 0 for any' : cause.message;
    throw new Error(`cannot listen on port ${port}: ${reason}`, { cause });
  });
  const stopped = untilStopped(() => app.close());
  const live = new URL('/live', sockets.url);
  process.stdout.write(`listening on ${live}\nthe page is http://${live.host}/\n`);
  await stopped;
});
