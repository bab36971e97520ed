import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openChannel } from '@webson/channels';
import { readOptions, runCommand, stoppable, UsageError, wholeNumber } from '@webson/terminal';
import { SingleBar } from 'cli-progress';
import { ClosedError, type Connection, dial, type Message, MessageType } from 'webson';
import { CHANNEL, Meter, makeFile, Streamed, wireOptions } from './file.js';

const help = `Sends a file, and gets it back, in three ways: whole, as a stream, through a channel.

  npx -y pnpm@12 --silent client [options]

  --way WAY   one of them alone: whole, stream or channel (all)
  --file PATH the file (one of --size that is made for this)
  --size MIB  the size of the file that is made (64)
  --url URL   the server (ws://127.0.0.1:7413/)
  --verbose   say more about what goes wrong
  --help
`;

/** Sends the file over a connection that is started. `got` counts what comes back; `replied` resolves when a message has. */
type Way = (ws: Connection, path: string, sent: Meter, got: Meter, replied: Promise<void>) => Promise<void>;

const ways: Readonly<Record<string, Way>> = {
  async whole(ws, path, sent, _got, replied) {
    const bytes = await readFile(path);
    sent.take(bytes);
    ws.dispatch(MessageType.Binary, bytes);
    await replied;
  },
  async stream(ws, path, sent, _got, replied) {
    await ws.dispatchReader(Streamed, sent.through(createReadStream(path)));
    await replied;
  },
  async channel(ws, path, sent, got) {
    const channel = openChannel(ws, CHANNEL);
    const sending = pipeline(createReadStream(path), (source) => sent.through(source), channel);
    const reading = (async () => {
      for await (const bytes of channel.iterator({ destroyOnReturn: false })) got.take(bytes);
    })();
    await Promise.all([sending, reading]);
  },
};

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { way: 'all', file: 'made', size: '64', url: 'ws://127.0.0.1:7413/' });
  if (options === undefined) return;
  const names = options.way === 'all' ? Object.keys(ways) : [options.way];
  if (!names.every((name) => name in ways))
    throw new UsageError(`--way ${options.way}: whole, stream or channel is needed`);
  const size = wholeNumber('--size', options.size, 0, 1024 * 1024) * 1024 * 1024;
  const folder = await mkdtemp(join(tmpdir(), 'large-entity-'));
  const path = options.file === 'made' ? join(folder, 'made') : options.file;
  let ws: Connection | undefined;
  const sendAll = async (): Promise<void> => {
    if (options.file === 'made') await makeFile(path, size);
    for (const name of names) {
      const { size: length } = await stat(path);
      ws = await dial(options.url, wireOptions);
      await send(ws, name, path, length);
    }
  };
  try {
    await stoppable(sendAll, () => ws?.terminate());
  } finally {
    await rm(folder, { recursive: true });
  }
});

async function send(ws: Connection, name: string, path: string, size: number): Promise<void> {
  // It shows nothing where the output is no terminal. What is sent counts, and what comes back.
  const bar = new SingleBar({ format: `${name} {bar} {percentage} %`, clearOnComplete: true });
  const [sent, got] = [new Meter((length) => bar.increment(length)), new Meter((length) => bar.increment(length))];
  const replied = new Promise<void>((resolve) => {
    ws.onMessage(MessageType.Binary, (message) => {
      got.take(message.read());
      resolve();
    });
    const onStreamed = async (message: Message): Promise<void> => {
      for await (const bytes of message.readIter()) got.take(bytes);
      resolve();
    };
    ws.onMessage(Streamed, onStreamed, { stream: true });
  });
  process.stdout.write(`${name}: ${size} bytes to send\n`);
  bar.start(2 * size, 0);
  const ended = ws.start();
  const broken = ended.then(({ code, reason, error }): never => {
    throw error ?? new Error(`the server ended the connection with ${code} ${reason}`.trimEnd());
  });
  try {
    await Promise.race([ways[name]!(ws, path, sent, got, replied), broken]);
  } catch (error) {
    // How the connection has ended says more than what could not be sent any more.
    if (error instanceof ClosedError) await broken;
    throw error;
  } finally {
    bar.stop();
    ws.close();
  }
  await ended;
  process.stdout.write(`${name}: sent ${sent.sum()}\n${name}: back ${got.sum()}\n`);
}
