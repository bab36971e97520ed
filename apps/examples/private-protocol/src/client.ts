import { readOptions, runCommand, stoppable, wholeNumber } from '@webson/terminal';
import { dial, MessageType } from 'webson';
import { credentials, dialect, Reading } from './protocol.js';

const help = `Sends a large log, and readings behind it, which overtake it.

  npx -y pnpm@12 --silent client [options]

  --url URL             the server (ws://127.0.0.1:7450/)
  --user NAME:PASSWORD  who you are (ada:lovelace)
  --size MIB            size of the log (8)
  --verbose             say more about what goes wrong
  --help
`;

const MIB: Uint8Array = new Uint8Array(1024 * 1024);

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7450/', user: 'ada:lovelace', size: '8' });
  if (options === undefined) return;
  const size = wholeNumber('--size', options.size, 1, 1_000_000);
  const ws = await dial(options.url, { ...dialect, extraHeaders: credentials(options.user) });
  let answers = 0;
  ws.onReady(async (server) => {
    // Each message travels on a stream of its own: the second does not wait for the first.
    const log = server.dispatchReader(MessageType.Binary, logOf(size));
    server.dispatch(Reading, new Uint8Array(new Float64Array([19.5, 20, 21.5]).buffer));
    await log;
  });
  ws.onMessage(MessageType.Text, (message, server) => {
    process.stdout.write(`${message.text()}\n`);
    if (++answers === 2) server.close();
  });
  const end = await stoppable(
    () => ws.start(),
    () => ws.close(),
  );
  if (end !== undefined && end.code !== 1000) {
    throw end.error ?? new Error(`the server ended the connection with ${end.code}`);
  }
});

/** Asked for a piece whenever the server has room for it. */
function* logOf(pieces: number): Generator<Uint8Array> {
  for (let count = 0; count < pieces; count++) yield MIB;
}
