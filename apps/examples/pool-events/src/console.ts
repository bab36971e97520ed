import { MessageType, type Pool } from 'webson';

interface Command {
  readonly words: readonly string[];
  /** True: the last word is all that is left of the line. */
  readonly hasText?: boolean;
  run(pool: Pool, first: string, second: string): unknown;
}

const took = (count: number): string => (count === 1 ? '1 took it' : `${count} took it`);
const { Text } = MessageType;

/** Each is one method of a pool, or of a connection in it. */
const commands: Readonly<Record<string, Command>> = {
  dispatch: { words: ['TEXT'], hasText: true, run: (pool, text) => took(pool.dispatch(Text, text)) },
  toServers: { words: ['TEXT'], hasText: true, run: (pool, text) => took(pool.toServers(Text, text)) },
  toClients: { words: ['TEXT'], hasText: true, run: (pool, text) => took(pool.toClients(Text, text)) },
  toGroup: {
    words: ['GROUP', 'TEXT'],
    hasText: true,
    run: (pool, group, text) => took(pool.toGroup(group, Text, text)),
  },
  except: { words: ['NAME', 'TEXT'], hasText: true, run: (pool, name, text) => took(pool.except(name, Text, text)) },
  toPick: { words: ['NAME', 'TEXT'], hasText: true, run: (pool, name, text) => pool.toPick(name, Text, text) },
  join: { words: ['NAME', 'GROUP'], run: (pool, name, group) => pool.join(name, group) },
  leave: { words: ['NAME', 'GROUP'], run: (pool, name, group) => pool.leave(name, group) },
  castOut: { words: ['NAME'], run: (pool, name) => pool.castOutByName(name) },
  apply: { words: ['NAME'], run: applySpy },
  revoke: { words: ['NAME'], run: (pool, name) => pool.get(name)?.revoke('spy') ?? 'nobody has that name' },
  who: { words: [], run: who },
};

/** What `help` prints. */
export const usage: string = Object.entries(commands)
  .map(([name, { words }]) => [name, ...words].join(' '))
  .join(', ');

/** Runs a line that was typed; returns what is to be printed. */
export function runLine(pool: Pool, line: string): string {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return `there are: ${usage}`;
  const { words, hasText = false, run } = command;
  if (rest.length < words.length || (!hasText && rest.length > words.length)) {
    return `${name}: expected ${[name, ...words].join(' ')}`;
  }
  const last = words.length - 1;
  const values = hasText ? [...rest.slice(0, last), rest.slice(last).join(' ')] : rest;
  return `${name}: ${run(pool, values[0] ?? '', values[1] ?? '')}`;
}

/** Handlers with a name, beside those that a connection has: they come and go while it runs. */
function applySpy(pool: Pool, name: string): string {
  const connection = pool.get(name);
  if (connection === undefined) return 'nobody has that name';
  connection.apply({
    name: 'spy',
    onMessage: (message) => process.stdout.write(`spy: ${name} said ${JSON.stringify(message.text())}\n`),
    onStatus: (status) => process.stdout.write(`spy: ${name} has status ${status}\n`),
  });
  return 'true';
}

function who(pool: Pool): string {
  const members = pool.members().map(({ name, groups }) => `${name} (${groups.join(', ')})`);
  return members.join(', ') || 'nobody';
}
