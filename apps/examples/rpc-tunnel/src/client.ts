#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { capnwebTransport } from '@webson/channels';
import { onStop, openKeyboard, readArguments, runCommand } from '@webson/terminal';
import { RpcSession, type RpcStub, RpcTarget } from 'capnweb';
import { type Connection, dial, Pool, Status } from 'webson';
import type { ClientApi, Machine } from './machine.js';

const help = `Makes calls of each kind, each time it is connected; it dials again for as long as it runs.

  npx -y pnpm@12 --silent client [options]

  --url URL    the server (ws://127.0.0.1:7406/)
  --name NAME  what it says when the server asks (nobody)
  --once       end when the calls are made
  --verbose    say more about what goes wrong
  --help
`;

const print = (text: string): unknown => process.stdout.write(`${text}\n`);

class Client extends RpcTarget implements ClientApi {
  readonly #name: string;

  constructor(name: string) {
    super();
    this.#name = name;
  }

  name(): string {
    return this.#name;
  }
}

await runCommand('client', async (args) => {
  const { values } = readArguments(args, (list) =>
    parseArgs({
      args: list,
      options: {
        url: { type: 'string', short: 'u', default: 'ws://127.0.0.1:7406/' },
        name: { type: 'string', default: 'nobody' },
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }),
  );
  if (values.help) process.stdout.write(help);
  else await stay(await dial(values.url, { enableStreams: true }), values.name, values.once);
});

async function stay(connection: Connection, name: string, isOnce: boolean): Promise<void> {
  const pool = new Pool({ name: 'client', clientRetry: Number.POSITIVE_INFINITY, maxRetryInterval: 5000 });
  // A session ends with its connection: each time there is another one, so is there another session.
  connection
    .onStatus(Status.Ready, async () => {
      print('connected');
      const session = new RpcSession<Machine>(capnwebTransport(connection), new Client(name));
      try {
        await makeCalls(session.getRemoteMain());
        if (isOnce) await pool.close();
      } catch (error) {
        print(`a call has failed: ${(error as Error).message}`);
      }
    })
    .onStatus(Status.Closed, () => print('disconnected'));
  const keyboard = openKeyboard();
  onStop(keyboard, () => void pool.close());
  pool.add(connection);
  await pool.wait();
  keyboard?.close();
}

async function makeCalls(machine: RpcStub<Machine>): Promise<void> {
  print(`a call: ${await machine.upper('hello')}`);

  // What a promise stands for can be called before it is there: both calls go out together.
  print(`an object: ${await machine.counter().add(5)}`);

  // The server calls a function that lives here.
  const ticks: number[] = [];
  await machine.tick((count) => ticks.push(count) < 3);
  print(`callbacks: ${ticks.join(' ')}`);

  // A stream without an end: leaving the loop cancels it.
  const primes: number[] = [];
  for await (const prime of (await machine.primes()) as ReadableStream<number>) {
    primes.push(prime);
    if (primes.length === 10) break;
  }
  print(`a stream: ${primes.join(' ')}`);
}
