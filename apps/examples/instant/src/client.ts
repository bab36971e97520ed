import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOptions, runCommand, stoppable, wholeNumber } from '@webson/terminal';
import { type Connection, dial, MessageType } from 'webson';

const help = `Sends one message, word by word: the next word leaves when the server has answered the last one.

  npx -y pnpm@12 --silent client [options]

  --url URL   the server (ws://127.0.0.1:7411/)
  --pause MS  milliseconds between an answer and the next word (300)
  --verbose   say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7411/', pause: '300' });
  if (options === undefined) return;
  const pause = wholeNumber('--pause', options.pause, 0, 1_000_000);
  const ws = await dial(options.url);
  await stoppable(
    () => talk(ws, pause),
    () => ws.close(),
  );
});

async function talk(ws: Connection, pause: number): Promise<void> {
  const answers = new EventEmitter();
  ws.onMessage(MessageType.Text, (message, adapter) => {
    process.stdout.write(`server: ${message.text()}\n`);
    if (message.text().startsWith('that was the end')) adapter.close();
    else answers.emit('answer');
  });
  async function* words(): AsyncGenerator<string> {
    for (const word of ['this', 'is', 'one', 'message']) {
      process.stdout.write(`client: ${word}\n`);
      const answered = once(answers, 'answer');
      yield word;
      await answered;
      await sleep(pause, undefined, { ref: false });
    }
  }
  // A promise of `dispatchReader` rejects when the connection ends in the middle; what `start` resolves to says why.
  ws.onReady((adapter) => void adapter.dispatchReader(MessageType.Binary, words()).catch(() => {}));
  const { code, error } = await ws.start();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code}`);
}
