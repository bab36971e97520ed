import { readOptions, runCommand, stoppable, wholeNumber } from '@webson/terminal';
import { type Connection, dial, MessageType } from 'webson';

const help = `Sends a text, and 10,000 bytes, to an echo that is built on the original Go kit.

  npx -y pnpm@12 --silent client [options]

  --url URL   the server (ws://127.0.0.1:7417/)
  --rounds N  how often (1)
  --verbose   say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7417/', rounds: '1' });
  if (options === undefined) return;
  const rounds = wholeNumber('--rounds', options.rounds, 1, 1_000_000_000);
  const ws = await dial(options.url, { dialect: 'go', enableStreams: true });
  await stoppable(
    () => talk(ws, rounds),
    () => ws.close(),
  );
});

async function talk(ws: Connection, rounds: number): Promise<void> {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);
  const streams = ws.extensions['webson-streams']?.['max-streams'];
  process.stdout.write(streams === undefined ? 'no streams\n' : `up to ${streams} streams\n`);
  let left = rounds;
  ws.onReady((adapter) => adapter.dispatch(MessageType.Text, 'hello'));
  ws.onMessage(MessageType.Text, (message, adapter) => {
    process.stdout.write(`text: ${message.text()}\n`);
    adapter.dispatch(MessageType.Binary, bytes);
  });
  ws.onMessage(MessageType.Binary, (message, adapter) => {
    const isSame = Buffer.compare(message.read(), bytes) === 0;
    process.stdout.write(`binary: 10000 bytes, ${isSame ? 'as they were sent' : 'and others than were sent'}\n`);
    left -= 1;
    if (left === 0) adapter.close();
    else adapter.dispatch(MessageType.Text, 'hello');
  });
  const { code, error } = await ws.start();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
}
