import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dial, MessageCancelledError } from 'webson';
import { Goodbye, limits, Type } from '../src/shared/protocol.js';
import { encodeHead } from '../src/shared/stream-head.js';
import { chatUrl, openClient } from './support/client.js';
import { startCommand, startServer } from './support/server.js';

const KEY = 'key-for-tests';

function say(key: string, text: string): string {
  return JSON.stringify({ key, text });
}

async function* upload(head: object, ...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield encodeHead(head);
  yield* pieces;
}

it('answers whatever a hostile client sends with an error, and the others go on', async () => {
  const { child, url, data } = await startServer();
  const good = await openClient(url, 'Ada');
  const bad = await openClient(url, 'Mallory');
  const { connection } = bad;
  // Each with the reason that comes back.
  const wrong: [type: number, payload: string, reason: RegExp][] = [
    [1, 'hello', /^text and binary messages mean nothing here/],
    [2, 'hello', /^text and binary messages mean nothing here/],
    [Type.Chat, 'hello', /^a message of this type is JSON$/],
    [Type.Chat, '{"__proto__":{"key":"x"}}', /^a key is 8 to 36/],
    [Type.Chat, say(KEY, ''), /^an empty message says nothing$/],
    [Type.Chat, say(KEY, 'x'.repeat(limits.text + 1)), /^a message has at most 2000 characters$/],
    [Type.Chat, say(KEY, 'a\u001b[2J'), /^a message has no control characters$/],
    [Type.Fetch, '{"key":"key-for-tests","file":"../history.jsonl"}', /^a file is named by its id/],
    [Type.Fetch, '{"key":"key-for-tests","file":"000000000000000000000000"}', /^this file is not kept any more$/],
    [Type.Probe, 'x'.repeat(65), /^a probe has at most 64 bytes$/],
  ];
  for (const [type, payload] of wrong) connection.dispatch(type, payload);
  await expect.poll(() => bad.refused.length).toBe(wrong.length);
  // Those that are read as they come may be answered a little later.
  for (const [, , reason] of wrong)
    expect(
      bad.refused.some((one) => reason.test(one.reason)),
      `${reason}`,
    ).toBe(true);

  const files: [object, Uint8Array, string][] = [
    [{ key: KEY, name: '../../outside.txt', size: 1 }, new Uint8Array(1), 'the name of a file is not a path'],
    [{ key: KEY, name: 'C:\\outside.txt', size: 1 }, new Uint8Array(1), 'the name of a file is not a path'],
    [{ key: KEY, name: 'x'.repeat(121), size: 1 }, new Uint8Array(1), 'the name of a file has at most 120 characters'],
    [{ key: KEY, name: 'a', size: 2 ** 40 }, new Uint8Array(1), 'a file has at most 256 MiB'],
    [{ key: KEY, name: 'a', size: 1 }, new Uint8Array(2), 'more came than the 1 bytes of the file'],
    [{ key: KEY, name: 'a', size: 3 }, new Uint8Array(2), 'only 2 of the 3 bytes of the file came'],
  ];
  for (const [head, body, reason] of files) {
    bad.refused.length = 0;
    // It may have been sent to its end before the server stops it.
    await connection.dispatchReader(Type.File, upload(head, body)).catch((error) => {
      expect(error).toBeInstanceOf(MessageCancelledError);
    });
    await expect.poll(() => bad.refused).toEqual([{ key: KEY, reason }]);
  }
  bad.refused.length = 0;
  connection.dispatch(Type.File, new Uint8Array([255, 255, 1]));
  connection.dispatch(Type.File, new Uint8Array(1));
  connection.dispatch(Type.File, '');
  await expect.poll(() => bad.refused.length).toBe(3);
  expect(readdirSync(join(data, 'files'))).toEqual([]);
  expect(readdirSync(data).sort()).toEqual(['files', 'history.jsonl']);

  good.connection.dispatch(Type.Chat, say('key-of-ada', 'still here'));
  await expect.poll(() => good.entries.at(-1)?.text).toBe('still here');
  // Mallory, too, may say what is right.
  connection.dispatch(Type.Chat, say('key-of-mallory', 'sorry'));
  await expect.poll(() => good.entries.at(-1)?.text).toBe('sorry');
  expect(good.refused).toEqual([]);
  expect(child.process.exitCode).toBeNull();
});

it('ends the connection of whoever breaks the protocol, and no other', async () => {
  const { url } = await startServer();
  const good = await openClient(url, 'Ada');
  const huge = await openClient(url, 'Huge');
  huge.connection.dispatch(Type.Chat, say(KEY, 'x'.repeat(limits.message)));
  expect(await huge.ended).toMatchObject({ code: 1009 });
  const odd = await openClient(url, 'Odd');
  odd.connection.dispatch(13, 'a type that nobody knows');
  expect(await odd.ended).toMatchObject({ code: 1002 });
  good.connection.dispatch(Type.Chat, say(KEY, 'still here'));
  await expect.poll(() => good.entries.length).toBe(1);
  await expect.poll(() => good.members.at(-1)).toEqual(['Ada']);
});

it('sends away who does not stop sending, after many warnings', async () => {
  const { url } = await startServer();
  const good = await openClient(url, 'Ada');
  const flood = await openClient(url, 'Flood');
  for (let number = 0; number < 3000; number++) flood.connection.dispatch(Type.Chat, say(`key-${number}-long`, 'x'));
  expect(await flood.ended).toMatchObject({ code: Goodbye.TooMuch, reason: 'too many messages' });
  expect(flood.refused.length).toBeGreaterThanOrEqual(100);
  expect(flood.refused[0]?.reason).toBe('at most 10 messages a second: try again in a moment');
  expect(good.entries.length).toBeLessThan(200);
  good.connection.dispatch(Type.Chat, say(KEY, 'still here'));
  await expect.poll(() => good.entries.at(-1)?.text).toBe('still here');
});

it('takes only so many files of one page at a time', async () => {
  const { url } = await startServer();
  const { connection, refused } = await openClient(url, 'Ada');
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stalled = async function* (key: string): AsyncGenerator<Uint8Array> {
    yield encodeHead({ key, name: 'a', size: 1 });
    await released;
    yield new Uint8Array(1);
  };
  const most = 2 * limits.transfers;
  const sent = Array.from({ length: most + 1 }, (_, number) =>
    connection.dispatchReader(Type.File, stalled(`key-number-${number}`)),
  );
  await expect.poll(() => refused).toEqual([{ key: `key-number-${most}`, reason: `at most ${most} files at a time` }]);
  release();
  await Promise.allSettled(sent);
});

it('says once what is sent twice, and tells it again to the one who did not know', async () => {
  const { url } = await startServer();
  const [ada, grace] = [await openClient(url, 'Ada'), await openClient(url, 'Grace')];
  ada.connection.dispatch(Type.Chat, say(KEY, 'once'));
  ada.connection.dispatch(Type.Chat, say(KEY, 'once'));
  await expect.poll(() => ada.entries.length).toBe(2);
  // Somebody else's key means nothing.
  grace.connection.dispatch(Type.Chat, say(KEY, 'mine'));
  await expect.poll(() => ada.entries.length).toBe(3);
  expect(ada.entries.map(({ number, text }) => [number, text])).toEqual([
    [1, 'once'],
    [1, 'once'],
    [2, 'mine'],
  ]);
  expect(grace.entries).toHaveLength(2);

  const { room } = ada.welcome[0] ?? { room: '' };
  const later = await openClient(url, 'Alan', { room, since: '1' });
  await expect.poll(() => later.entries.map(({ number }) => number)).toEqual([2]);
});

it('refuses in the handshake who has no name, comes from elsewhere, or calls it by another name', async () => {
  const { url, child } = await startServer();
  const secret = 'a-long-secret';
  for (const [query, body] of [
    [{ name: 'x'.repeat(25), secret }, 'a name has at most 24 characters'],
    [{ name: '<script>', secret }, 'a name begins with'],
    [{ secret }, 'a name is needed'],
    [{ name: 'Ada', secret: 'x' }, 'a secret has 8 to 36'],
    [{ name: 'Ada', secret, since: '-1' }, 'since is the number of an entry'],
  ] as const) {
    await expect(dial(chatUrl(url, query))).rejects.toThrow(new RegExp(`status 400, .*${body}`));
  }
  const there = chatUrl(url, { name: 'Ada', secret });
  await expect(dial(there, { extraHeaders: { Origin: 'https://evil.example' } })).rejects.toThrow('status 403');
  await expect(dial(there, { extraHeaders: { Host: 'evil.example' } })).rejects.toThrow('status 421');
  await expect(dial(there.replace('/chat', '/else'))).rejects.toThrow('status 404');
  await child.sees(/^refused: /m);
  expect(child.output).not.toContain('joined');
});

it('lets in no more people than there is room for', async () => {
  const { url } = await startServer();
  const clients = [];
  for (let number = 0; number < limits.members; number++) clients.push(await openClient(url, `Member ${number}`));
  const late = await openClient(url, 'Late');
  expect(await late.ended).toMatchObject({ code: Goodbye.Full });
  const namesake = await openClient(url, 'Member 1', { secret: 'another-secret' });
  expect(await namesake.ended).toMatchObject({ code: Goodbye.Full });
  clients[0]?.connection.close();
  await clients[0]?.ended;
  const again = await openClient(url, 'Late');
  await expect.poll(() => again.welcome.length).toBe(1);
});

it.each(['SIGINT', 'SIGTERM'] as const)('closes with 1001 at %s, and exits 0', async (signal) => {
  const { url, child } = await startServer();
  const ada = await openClient(url, 'Ada');
  await expect.poll(() => ada.members.length).toBe(1);
  child.process.kill(signal);
  expect(await ada.ended).toMatchObject({ code: 1001, wasClean: true });
  expect(await child.exited).toBe(0);
  expect(child.output).toMatch(/Stopped\.\n$/);
});

it('serves the page with a strict policy, and nothing else', async () => {
  const { url } = await startServer();
  const page = await fetch(url);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  expect(html).toContain('<title>Chat</title>');
  expect(html).not.toMatch(/<style|style=|<script>|\son\w+=/);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
  const head = await fetch(new URL(script, url), { method: 'HEAD' });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
  expect(head.headers.get('cache-control')).toContain('immutable');
  for (const path of [
    '/package.json',
    '/assets',
    '/..%2fserver/main.js',
    '/../server/main.js',
    '/%00',
    '/index.html',
  ]) {
    expect([path, await statusOf(url, path)]).toEqual([path, 404]);
  }
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
});

it('explains itself, and says what is wrong', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const { port } = occupant.address() as AddressInfo;
  const help = startCommand(['--help']);
  expect(await help.exited).toBe(0);
  expect(help.stdout).toContain('--port N');
  for (const [args, code, message] of [
    [['--port', 'x'], 2, '--port x: a whole number from 0 to 65535 is needed (--help tells more)'],
    [['--prot', '1'], 2, "Unknown option '--prot' (--help tells more)"],
    [['--host', '192.0.2.1'], 1, 'cannot listen on 192.0.2.1, port 8080: EADDRNOTAVAIL'],
    [
      ['--port', `${port}`],
      1,
      `cannot listen on 127.0.0.1, port ${port}: it is taken; --port 0 takes any that is free`,
    ],
  ] as const) {
    const child = startCommand(args);
    expect([await child.exited, child.output]).toEqual([code, `chat-server: ${message}\n`]);
  }
  occupant.close();
});

// As it stands: `fetch` would take the dots out of the path.
async function statusOf(url: string, path: string): Promise<number | undefined> {
  const asked = request(url, { path });
  asked.end();
  const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  response.resume();
  return response.statusCode;
}
