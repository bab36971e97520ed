import { createInterface } from 'node:readline';
import { onStop, openKeyboard, readOptions, runCommand, wholeNumber } from '@webson/terminal';
import {
  type Connection,
  MessageType,
  Pool,
  type Refusal,
  refuse,
  Status,
  serve,
  type UpgradeRequest,
  type WebsonError,
} from 'webson';
import { runLine, usage } from './console.js';

const help = `A pool whose methods are called by what you type.

  npx -y pnpm@12 --silent server [options]

  --port N     port to listen on; 0 for any (7451)
  --host HOST  address to listen on (127.0.0.1)
  --peer URL   another such server, to be dialled until it is there
  --verbose    say more about what goes wrong
  --help

Lines that it reads: ${usage}
`;

/** Who a client says it is. */
interface Member {
  readonly name: string;
  readonly group: readonly string[];
}

const report = (text: string): unknown => process.stdout.write(`${text}\n`);

await runCommand('server', async (args) => {
  const options = readOptions(args, help, { port: '7451', host: '127.0.0.1', peer: 'none' });
  if (options === undefined) return;
  const pool = new Pool({ name: 'members', clientRetry: Number.POSITIVE_INFINITY, maxRetryInterval: 2000 });
  // What the pool hears of each that is in it.
  pool
    .onMessage((message, { name }) => report(`${name} said ${JSON.stringify(message.text())}`))
    .onStatus((status, { name, groups }) => {
      if (status === Status.Ready) report(`${name} has come: ${groups.join(', ') || 'no groups'}`);
      if (status === Status.Closed) report(`${name} has gone`);
    })
    .onRedial(({ step }, { name }) => step === 'wait' && report(`${name} is not there: trying again`));

  // The name is looked at before the upgrade, when a refusal can still say why.
  const authorize = (request: UpgradeRequest): Member | Refusal => {
    const member = memberOf(request);
    return pool.has(member.name) ? refuse(409, { body: `the name ${member.name} is taken: choose another` }) : member;
  };
  const port = wholeNumber('--port', options.port, 0, 65535);
  const server = await serve({ host: options.host, port, authorize }, (ws) => welcome(pool, ws));

  const keyboard = openKeyboard(process.stdout);
  const lines = keyboard ?? createInterface({ input: process.stdin });
  const stopped = new Promise<void>((resolve) => onStop(keyboard, resolve));
  lines.on('line', (line) => line.trim() && report(runLine(pool, line)));
  report(`listening on ${server.url}`);
  if (options.peer !== 'none') {
    const headers = { 'x-name': 'server', 'x-groups': 'servers' };
    // It rejects with what no further attempt would change, a name that is taken there for one, and when the pool is closed.
    pool.dial(options.peer, { extraHeaders: headers }, { name: 'peer' }).catch((error: WebsonError) => {
      if (error.code !== 'POOL_CLOSED') report(`peer: ${error.message}`);
    });
  }
  await stopped;
  lines.close();
  await Promise.all([pool.close(), server.close()]);
});

/** Takes a connection in, which the pool starts. Its own handlers stay with it, also when it is cast out. */
function welcome(pool: Pool, ws: Connection<Member>): void {
  ws.onMessage(MessageType.Text, (message, client) => client.dispatch(MessageType.Text, `heard: ${message.text()}`));
  pool.add(ws, ws.data);
}

let count = 0;

function memberOf({ headers }: UpgradeRequest): Member {
  const groups = headers.get('x-groups')?.split(',') ?? [];
  return { name: headers.get('x-name') ?? `guest${++count}`, group: groups.map((group) => group.trim()) };
}
