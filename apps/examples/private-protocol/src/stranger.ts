import { readOptions, runCommand } from '@webson/terminal';
import { type DialOptions, dial, HandshakeError, MessageType } from 'webson';
import { credentials, dialect } from './protocol.js';

const help = `Dials again and again, each time with another thing missing or wrong, and prints what it sees.

  npx -y pnpm@12 --silent stranger [options]

  --url URL    the server (ws://127.0.0.1:7450/)
  --verbose    say more about what goes wrong
  --help
`;

const right: DialOptions = { ...dialect, extraHeaders: credentials('ada:lovelace') };
const { Authorization = '' } = credentials('ada:lovelace');

const attempts: readonly [how: string, options: DialOptions][] = [
  ['with everything', right],
  ['without streams', { ...right, enableStreams: false }],
  ['without the header field', { ...right, extraHeaders: { Authorization } }],
  ['with another password', { ...right, extraHeaders: credentials('ada:guessed') }],
  ['with another magic key', { ...right, magicKey: 'guessed' }],
  ['with another mask', { ...right, privateMask: new TextEncoder().encode('guessed!') }],
  ['as any WebSocket client', {}],
];

await runCommand('stranger', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7450/' });
  if (options === undefined) return;
  for (const [how, dialOptions] of attempts) {
    process.stdout.write(`${how}: ${await attempt(options.url, dialOptions)}\n`);
  }
});

/** What is seen after a message was sent. */
async function attempt(url: string, options: DialOptions): Promise<string> {
  try {
    const ws = await dial(url, options);
    let seen: string | undefined;
    ws.onReady((server) => server.dispatch(MessageType.Binary, new Uint8Array(100)));
    ws.onMessage(MessageType.Text, (message, server) => {
      seen = `answered ${JSON.stringify(message.text())}`;
      server.close();
    });
    const { code, error } = await ws.start();
    return seen ?? error?.message ?? `ended with ${code}`;
  } catch (error) {
    // Where there is no server there is nothing to be seen.
    if (!(error instanceof HandshakeError) || error.code === 'CONNECT_FAILED') throw error;
    return error.message;
  }
}
