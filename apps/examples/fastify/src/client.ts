import { createInterface } from 'node:readline';
import { onStop, openKeyboard, readOptions, runCommand } from '@webson/terminal';
import { dial, MessageType } from 'webson';

const help = `Connects, prints what comes, and says what is typed.

  npx -y pnpm@12 --silent client [options]

  --url URL             the server (ws://127.0.0.1:7454/live)
  --user NAME:PASSWORD  who you are (ada:lovelace)
  --verbose             say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7454/live', user: 'ada:lovelace' });
  if (options === undefined) return;
  // A program can send what a page cannot, and needs no ticket.
  const Authorization = `Basic ${Buffer.from(options.user).toString('base64')}`;
  const ws = await dial(options.url, { extraHeaders: { Authorization } });

  const keyboard = openKeyboard(process.stdout);
  const lines = keyboard ?? createInterface({ input: process.stdin });
  lines.on('line', (line) => ws.dispatch(MessageType.Text, line));
  onStop(keyboard, () => ws.close());
  ws.onMessage(MessageType.Text, (message) => process.stdout.write(`${message.text()}\n`));
  const { code, error } = await ws.start();
  lines.close();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
});
