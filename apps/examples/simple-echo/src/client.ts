import { createInterface } from 'node:readline';
import { onStop, openKeyboard, readOptions, runCommand } from '@webson/terminal';
import { dial, MessageType } from 'webson';

const help = `Sends every line that is typed, or comes from a pipe, and prints what comes back.

  npx -y pnpm@12 --silent client [options]

  --url URL  the server (ws://127.0.0.1:7410/)
  --verbose  say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7410/' });
  if (options === undefined) return;
  const ws = await dial(options.url);
  process.stdout.write('connected\n');

  // What was sent before `close` still comes back: the server answers it, and then the Close.
  const keyboard = openKeyboard(process.stdout);
  const lines = keyboard ?? createInterface({ input: process.stdin });
  lines.on('line', (line) => ws.dispatch(MessageType.Text, line));
  lines.on('close', () => ws.close());
  onStop(keyboard, () => lines.close());

  ws.onMessage(MessageType.Text, (message) => process.stdout.write(`echo: ${message.text()}\n`));
  const { code, error } = await ws.start();
  lines.close();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
});
