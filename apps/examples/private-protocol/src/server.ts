import { readOptions, runCommand, untilStopped, wholeNumber } from '@webson/terminal';
import { type Connection, MessageType, type Refusal, refuse, serve, type UpgradeRequest } from 'webson';
import { DEPLOYMENT, dialect, Reading, USERS } from './protocol.js';

const help = `A server for clients of its own dialect: all others are refused.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7450)
  --host HOST  address to listen on (127.0.0.1)
  --verbose    say more about what goes wrong
  --help
`;

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7450', host: '127.0.0.1' });
  if (options === undefined) return;
  const server = await serve(
    {
      ...dialect,
      host: options.host,
      port: wholeNumber('--port', options.port, 0, 65535),
      headerVerify: (headers) => headers.get(DEPLOYMENT.name) === DEPLOYMENT.value,
      authorize: userOf,
      onError: (error) => report(`refused: ${error.message}`),
    },
    talk,
  );
  const stopped = untilStopped(() => server.close());
  report(`listening on ${server.url}`);
  await stopped;
});

/** The name of a user with the right password: what is returned becomes `data` of the connection. */
function userOf({ headers }: UpgradeRequest): string | Refusal {
  const [, encoded = ''] = /^Basic (.+)$/.exec(headers.get('authorization') ?? '') ?? [];
  const [user = '', password] = Buffer.from(encoded, 'base64').toString().split(':', 2);
  if (password !== undefined && USERS.get(user) === password) return user;
  return refuse(401, { headers: { 'WWW-Authenticate': 'Basic' }, body: 'another user and password are needed' });
}

async function talk(ws: Connection<string>): Promise<void> {
  report(`${ws.data} is there`);
  ws.onMessage(Reading, (message, client) => {
    const bytes = message.read();
    const readings = new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8));
    const mean = readings.reduce((sum, value) => sum + value, 0) / readings.length;
    client.dispatch(MessageType.Text, `mean of ${readings.length} readings: ${mean.toFixed(1)}`);
  });
  const keep = async (source: AsyncIterable<Uint8Array>): Promise<string> => {
    let length = 0;
    for await (const piece of source) length += piece.length;
    return `kept ${length} bytes`;
  };
  ws.onMessage(
    MessageType.Binary,
    async (message, client) => void client.dispatch(MessageType.Text, await keep(message.readIter())),
    { stream: true },
  );
  const { code, error } = await ws.start();
  report(`${ws.data} has left: ${[code, error?.message].join(' ').trimEnd()}`);
}

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}
