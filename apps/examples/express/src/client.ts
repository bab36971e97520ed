import { createInterface } from 'node:readline';
import { onStop, openKeyboard, readOptions, runCommand } from '@webson/terminal';
import { dial, MessageType } from 'webson';

const help = `Logs in, connects with the cookie of the session, prints what comes, and says what is typed.

  npx -y pnpm@12 --silent client [options]

  --url URL        the server (ws://127.0.0.1:7453/live)
  --name NAME      who you are: ada or bob (ada)
  --password WORD  lovelace, kahn (lovelace)
  --verbose        say more about what goes wrong
  --help
`;

await runCommand('client', async (args) => {
  const options = readOptions(args, help, { url: 'ws://127.0.0.1:7453/live', name: 'ada', password: 'lovelace' });
  if (options === undefined) return;
  const ws = await dial(options.url, { extraHeaders: await logIn(options) });

  const keyboard = openKeyboard(process.stdout);
  const lines = keyboard ?? createInterface({ input: process.stdin });
  lines.on('line', (line) => ws.dispatch(MessageType.Text, line));
  onStop(keyboard, () => ws.close());
  ws.onMessage(MessageType.Text, (message) => process.stdout.write(`${message.text()}\n`));
  const { code, reason, error } = await ws.start();
  lines.close();
  if (code !== 1000) throw error ?? new Error(`the server ended the connection with ${code} ${reason}`.trimEnd());
});

/** The cookie of a session; none when nobody answers: then `dial` says what is wrong, and better than `fetch` does. */
async function logIn({
  url,
  name,
  password,
}: {
  url: string;
  name: string;
  password: string;
}): Promise<Record<string, string>> {
  const response = await fetch(new URL('/login', url.replace(/^ws/, 'http')), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, password }),
  }).catch(() => undefined);
  if (response === undefined) return {};
  if (!response.ok) throw new Error(`cannot log in as ${name}: ${await response.text()}`);
  return {
    Cookie: response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';', 1)[0])
      .join('; '),
  };
}
