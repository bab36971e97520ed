import { readOptions, runCommand, stoppable, wholeNumber } from '@webson/terminal';
import { type Adapter, type Connection, dial, MessageType } from 'webson';

const help = `Sends pings, the next one when the last was answered, and prints what the answers are.

  npx -y pnpm@12 --silent client [options]

  --url URL   the server (ws://127.0.0.1:7415/)
  --count N   how many (3)
  --verbose   say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7415/', count: '3' });
  if (options === undefined) return;
  const count = wholeNumber('--count', options.count, 1, 1_000_000_000);
  // Without `pingInterval: 0` the connection would send pings of its own between these, to see whether the server lives.
  const ws = await dial(options.url, { pingInterval: 0 });
  await stoppable(
    () => ping(ws, count),
    () => ws.close(),
  );
});

async function ping(ws: Connection, count: number): Promise<void> {
  let number = 1;
  const onAnswer = (kind: string, text: string, adapter: Adapter): void => {
    process.stdout.write(`${kind}: ${text}\n`);
    number += 1;
    if (number > count) adapter.close();
    else adapter.ping(`ping ${number}`);
  };
  ws.onReady((adapter) => adapter.ping('ping 1'));
  ws.onMessage(MessageType.Pong, (message, adapter) => onAnswer('pong', message.text(), adapter));
  ws.onMessage(MessageType.Binary, (message, adapter) => onAnswer('binary message', message.text(), adapter));
  const { code, error } = await ws.start();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
}
