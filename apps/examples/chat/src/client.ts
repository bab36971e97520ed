import { createInterface } from 'node:readline';
import { onStop, openKeyboard, readOptions, runCommand } from '@webson/terminal';
import type { Event } from './protocol.js';
import { Session } from './session.js';

const help = `A chat in the terminal: what is typed is said in the room; /join ROOM, /leave, /who and /quit do what they say.

  npx -y pnpm@12 --silent client [options]

  --url URL        the server (ws://127.0.0.1:7452/)
  --name NAME      who you are: ada, bob or grace (ada)
  --password WORD  lovelace, kahn, hopper (lovelace)
  --token TOKEN    a token in place of these
  --room ROOM      the first room (lobby)
  --verbose        say more about what goes wrong
  --help
`;

const print = (text: string): unknown => process.stdout.write(`${text}\n`);

await runCommand('client', async (args) => {
  const options = readOptions(args, help, {
    url: 'ws://127.0.0.1:7452/',
    name: 'ada',
    password: 'lovelace',
    token: 'none',
    room: 'lobby',
  });
  if (options === undefined) return;
  const { url, name, password, token } = options;
  const session = await Session.open({ url, name, password, ...(token === 'none' ? {} : { token }) }, show, (state) =>
    print(`* ${state}`),
  );
  let { room } = options;
  session.join(room);

  const keyboard = openKeyboard(process.stdout);
  const lines = keyboard ?? createInterface({ input: process.stdin });
  onStop(keyboard, () => session.close());
  lines.on('line', (line) => {
    const [command = '', argument = ''] = line.trim().split(/\s+/);
    try {
      if (command === '/quit') session.close();
      else if (command === '/who') session.who(room);
      else if (command === '/leave') session.leave(room);
      else if (command === '/join' && argument !== '') {
        room = argument;
        session.join(room);
      } else if (command.startsWith('/')) print('* there are /join ROOM, /leave, /who, /quit');
      else if (line.trim() !== '') session.say(room, line.trim());
    } catch {
      print(`* not sent, as there is no connection: ${line}`);
    }
  });
  try {
    await session.ended();
  } finally {
    lines.close();
  }
});

function show(event: Event): void {
  switch (event.type) {
    case 'history':
      print(`[${event.room}] * you are in: ${event.entries.length} said before, or meanwhile`);
      for (const { from, text } of event.entries) print(`[${event.room}] ${from}: ${text}`);
      break;
    case 'entry':
      print(`[${event.room}] ${event.entry.from}: ${event.entry.text}`);
      break;
    case 'joined':
    case 'left':
      print(`[${event.room}] * ${event.name} has ${event.type}`);
      break;
    case 'members':
      print(`[${event.room}] * ${event.names.join(', ')}`);
      break;
    case 'problem':
      print(`* ${event.text}`);
      break;
  }
}
