import { readOptions, runCommand, stoppable } from '@webson/terminal';
import { type Connection, dial, MessageType } from 'webson';

const help = `Sends the numbers from 0 to 10 at once, and prints the answers as they come.

  npx -y pnpm@12 --silent client [options]

  --url URL  the server (ws://127.0.0.1:7412/)
  --verbose  say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7412/' });
  if (options === undefined) return;
  const ws = await dial(options.url);
  // The server answers a Close when the handlers before it have settled; whoever presses Ctrl+C does not wait for them.
  await stoppable(
    () => count(ws),
    () => ws.terminate(),
  );
});

async function count(ws: Connection): Promise<void> {
  ws.onReady((adapter) => {
    for (let number = 0; number <= 10; number++) adapter.dispatch(MessageType.Text, `${number}`);
    process.stdout.write('sent: 0 to 10\n');
  });
  let answers = 0;
  ws.onMessage(MessageType.Text, (message, adapter) => {
    process.stdout.write(`${message.text()}\n`);
    answers += 1;
    if (answers === 11) adapter.close();
  });
  const { code, error } = await ws.start();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
}
