import { readOptions, runCommand, stoppable, wholeNumber } from '@webson/terminal';
import { type Adapter, type Connection, dial } from 'webson';
import { Type, wireOptions } from './types.js';

const help = `Sends a million readings, and then an alarm, and prints the answers as they come.

  npx -y pnpm@12 --silent client [options]

  --url URL   the server (ws://127.0.0.1:7416/)
  --rounds N  how often (1)
  --verbose   say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7416/', rounds: '1' });
  if (options === undefined) return;
  const rounds = wholeNumber('--rounds', options.rounds, 1, 1_000_000);
  const ws = await dial(options.url, wireOptions);
  await stoppable(
    () => report(ws, rounds),
    () => ws.close(),
  );
});

async function report(ws: Connection, rounds: number): Promise<void> {
  const readings = Float64Array.from({ length: 1_000_000 }, (_, index) => index / 2);
  let left = rounds;
  const send = (adapter: Adapter): void => {
    left -= 1;
    adapter.dispatch(Type.Readings, new Uint8Array(readings.buffer));
    adapter.dispatch(Type.Alarm, 'it is too hot');
    process.stdout.write('sent: readings, then an alarm\n');
  };
  ws.onReady(send);
  ws.onMessage(Type.Heard, (message) => process.stdout.write(`heard: ${message.text()}\n`));
  ws.onMessage(Type.Receipt, (message, adapter) => {
    process.stdout.write(`receipt: ${message.text()}\n`);
    if (left > 0) send(adapter);
    else adapter.close();
  });
  const { code, error } = await ws.start();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
}
