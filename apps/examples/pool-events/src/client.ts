import { createInterface } from 'node:readline';
import { onStop, openKeyboard, readOptions, runCommand } from '@webson/terminal';
import { dial, MessageType } from 'webson';

const help = `Joins groups under a name, prints what it hears, and says what is typed.

  npx -y pnpm@12 --silent client [options]

  --url URL      the server (ws://127.0.0.1:7451/)
  --name NAME    a name that nobody else has there (guest1, guest2 …)
  --groups LIST  groups, with commas between them (none)
  --verbose      say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7451/', name: 'none', groups: 'none' });
  if (options === undefined) return;
  const headers: Record<string, string> = {};
  if (options.name !== 'none') headers['x-name'] = options.name;
  if (options.groups !== 'none') headers['x-groups'] = options.groups;
  const ws = await dial(options.url, { extraHeaders: headers });

  const keyboard = openKeyboard(process.stdout);
  const lines = keyboard ?? createInterface({ input: process.stdin });
  lines.on('line', (line) => ws.dispatch(MessageType.Text, line));
  onStop(keyboard, () => ws.close());
  ws.onReady(() => process.stdout.write('connected\n'));
  ws.onMessage(MessageType.Text, (message) => process.stdout.write(`${message.text()}\n`));
  const { code, error } = await ws.start();
  lines.close();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
});
