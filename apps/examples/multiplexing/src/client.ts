import { readOptions, runCommand, stoppable, wholeNumber } from '@webson/terminal';
import { type Connection, dial, MessageType } from 'webson';
import { Transfer } from './transfer.js';

const help = `Sends 30 messages at once over one connection, the largest first, and shows how far each has come.

  npx -y pnpm@12 --silent client [options]

  --size KIB  the size of the smallest; the largest has 30 times as much (256)
  --url URL   the server (ws://127.0.0.1:7414/)
  --verbose   say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7414/', size: '256' });
  if (options === undefined) return;
  const unit = 1024 * wholeNumber('--size', options.size, 1, 1_000_000);
  const ws = await dial(options.url, { enableStreams: true });
  await stoppable(
    () => sendAll(ws, unit),
    () => ws.terminate(),
  );
});

async function sendAll(ws: Connection, unit: number): Promise<void> {
  const transfers = Array.from({ length: 30 }, (_, index) => new Transfer(index, (30 - index) * unit));
  const finished: Transfer[] = [];
  ws.onReady((adapter) => {
    // A promise of `dispatchReader` rejects when the connection ends in the middle; what `start` resolves to says why.
    for (const transfer of transfers) adapter.dispatchReader(MessageType.Binary, transfer.pieces()).catch(() => {});
    process.stdout.write('30 messages are under way\n');
  });
  ws.onMessage(MessageType.Text, (message, adapter) => {
    const { number, hash } = message.json() as { number: number; hash: string };
    const transfer = transfers[number]!;
    if (hash !== transfer.hash) throw new Error(`message ${number} did not arrive as it was sent`);
    finished.push(transfer);
    process.stdout.write(`${transfers.join('')} ${number} has arrived, ${transfer.size / 1024} KiB\n`);
    if (finished.length === transfers.length) adapter.close();
  });
  const { code, error } = await ws.start();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
  const place = finished.findIndex(({ number }) => number === 29) + 1;
  process.stdout.write(`all are there as they were sent; the smallest was begun last, and came in place ${place}\n`);
}
