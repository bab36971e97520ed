import { encodeMessage, Type, wireOptions } from '@webson/example-message-queue';
import { expect, it } from 'vitest';
import { dial, serve } from 'webson';
import { type Client, kill, openClient, startCommand, startNode } from './commands.js';

it('delivers a message from any node once to every listener of its topic on every node', async () => {
  const hub = await startNode();
  const nodes = [hub, ...(await Promise.all([startNode(hub), startNode(hub), startNode(hub)]))];
  const open = (...topics: string[]): Promise<Client[]> =>
    Promise.all(nodes.map((node) => openClient(node, ...topics)));
  const [publishers, onA, alsoOnA, onB, onBoth] = await Promise.all([
    open(),
    open('a'),
    open('a'),
    open('b'),
    open('a', 'b'),
  ]);
  const listeners = [...onA, ...alsoOnA, ...onB, ...onBoth];
  const publish = async (topic: string, count: number): Promise<void> => {
    const all = publishers.map(async ({ queue }, node) => {
      for (let number = 0; number < count; number++) await queue.publish(topic, `${node}.${number}`);
    });
    await Promise.all(all);
  };
  // After the second fence nothing from before the first can be on its way: what came back would have come by then.
  const fence = async (name: string): Promise<void> => {
    for (const topic of ['a', 'b']) await Promise.all(publishers.map(({ queue }) => queue.publish(topic, name)));
    await Promise.all([...onA, ...alsoOnA, ...onBoth].map(({ has }) => has(`a:${name}`, nodes.length)));
    await Promise.all([...onB, ...onBoth].map(({ has }) => has(`b:${name}`, nodes.length)));
  };
  await Promise.all([publish('a', 100), publish('b', 30)]);
  await fence('first');
  await fence('second');

  const expected = (node: number, topic: string, count: number): string[] =>
    Array.from({ length: count }, (_, number) => `${topic}:${node}.${number}`);
  for (const { messages } of listeners) {
    const isOn = (topic: string): boolean => messages.some((message) => message.startsWith(`${topic}:`));
    const own = messages.filter((message) => !/first|second/.test(message));
    for (const node of nodes.keys()) {
      for (const [topic, count] of [
        ['a', 100],
        ['b', 30],
      ] as const) {
        const from = own.filter((message) => message.startsWith(`${topic}:${node}.`));
        expect(from).toEqual(isOn(topic) ? expected(node, topic, count) : []);
      }
    }
  }
  expect(onA.every(({ messages }) => messages.every((message) => message.startsWith('a:')))).toBe(true);
  expect(onB.every(({ messages }) => messages.every((message) => message.startsWith('b:')))).toBe(true);
});

it('counts the listeners of the node that is asked', async () => {
  const hub = await startNode();
  const node = await startNode(hub);
  const [here, there] = await Promise.all([openClient(node, 'a'), openClient(hub, 'a')]);
  expect(await here.queue.publish('a', 'one')).toBe(1);
  await Promise.all([here.has('a:one'), there.has('a:one')]);
});

it('goes on when a node leaves, and takes it in when it comes back', async () => {
  const hub = await startNode();
  const [stays, leaves] = await Promise.all([startNode(hub), startNode(hub)]);
  const listener = await openClient(stays, 'a');
  const publisher = await openClient(hub);
  await kill(leaves);
  await publisher.queue.publish('a', 'without it');
  await listener.has('a:without it');
  const back = await startNode(hub);
  const [returned, { queue }] = await Promise.all([openClient(back, 'a'), openClient(back)]);
  await publisher.queue.publish('a', 'for it');
  await queue.publish('a', 'from it');
  await Promise.all([listener.has('a:from it'), returned.has('a:for it'), returned.has('a:from it')]);
  expect(listener.messages).toEqual(['a:without it', 'a:for it', 'a:from it']);
  expect(returned.messages.toSorted()).toEqual(['a:for it', 'a:from it']);
});

it('redials a hub that was killed and came back', async () => {
  const hub = await startNode();
  const nodes = await Promise.all([startNode(hub), startNode(hub), startNode(hub)]);
  const listeners = await Promise.all(nodes.map((node) => openClient(node, 'a')));
  const publishers = await Promise.all(nodes.map((node) => openClient(node)));
  const publish = (body: string): Promise<unknown> =>
    Promise.all(publishers.map(({ queue }, node) => queue.publish('a', `${body} ${node}`)));
  const hasAll = (body: string): Promise<unknown> =>
    Promise.all(listeners.flatMap(({ has }) => [0, 1, 2].map((node) => has(`a:${body} ${node}`))));

  await publish('before');
  await hasAll('before');
  await kill(hub);
  await Promise.all(nodes.map(({ child }) => child.sees(/^the hub is gone\n/m)));
  await publish('alone');
  await Promise.all(listeners.map(({ has }, node) => has(`a:alone ${node}`)));

  const back = await startNode(undefined, Number(new URL(hub.url).port));
  await Promise.all(nodes.map(({ child }) => child.sees(/^the hub is gone\nlinked with the hub\n/m)));
  const atHub = await openClient(back, 'a');
  await publish('after');
  await hasAll('after');
  await publish('end');
  await hasAll('end');
  for (const [node, { messages }] of listeners.entries()) {
    const expected = ['before 0', 'before 1', 'before 2', `alone ${node}`, 'after 0', 'after 1', 'after 2'];
    expect(messages.filter((message) => !message.startsWith('a:end')).toSorted()).toEqual(
      expected.map((body) => `a:${body}`).toSorted(),
    );
  }
  for (const body of ['after 0', 'after 1', 'after 2']) await atHub.has(`a:${body}`);
});

it('gives up a hub that does not answer, and links again when it does', async () => {
  const hub = await startNode();
  const node = await startNode(hub);
  const listener = await openClient(node, 'a');
  hub.child.process.kill('SIGSTOP');
  await node.child.sees(/^the hub is gone\n/m);
  expect(await listener.queue.publish('a', 'alone')).toBe(1);
  hub.child.process.kill('SIGCONT');
  await node.child.sees(/^the hub is gone\nlinked with the hub\n/m);
  const publisher = await openClient(hub);
  await publisher.queue.publish('a', 'together');
  await listener.has('a:together');
  expect(listener.messages).toEqual(['a:alone', 'a:together']);
}, 60_000);

it('serves the commands of the message queue', async () => {
  const hub = await startNode();
  const node = await startNode(hub);
  const listener = startCommand('listener', ['--url', node.url, 'a']);
  await listener.sees(/^listening to a\n/m);
  const publisher = startCommand('publisher', ['--url', hub.url, 'a', 'hello']);
  expect([await publisher.exited, publisher.output]).toEqual([0, 'sent to 0 listeners\n']);
  await listener.sees(/^a\thello\n/m);
});

it('closes a link that sends what is no message', async () => {
  const hub = await startNode();
  const listener = await openClient(hub, 'a');
  const link = await dial(hub.url, { ...wireOptions, protocols: ['queue-link'] });
  link.onReady(() => link.dispatch(Type.Message, encodeMessage('a', 'fine')));
  const ended = link.start();
  await listener.has('a:fine');
  link.dispatch(Type.Message, Uint8Array.of(9, 65));
  expect(await ended).toMatchObject({ code: 1008, reason: 'a message that ends before its topic does' });
  expect(await listener.queue.publish('a', 'still here')).toBe(1);
});

it('ends with 0 at SIGINT, linked or not', async () => {
  const hub = await startNode();
  const node = await startNode(hub);
  for (const { child } of [node, hub]) {
    child.process.kill('SIGINT');
    expect(await child.exited).toBe(0);
  }
  expect(hub.child.output).toBe(`${hub.url}\n`);
});

it('explains itself, and says what is wrong', async () => {
  const help = startCommand('node', ['--help']);
  expect(await help.exited).toBe(0);
  expect(help.output).toContain('--hub URL');
  await using other = await serve({ host: '127.0.0.1' }, () => {});
  for (const [args, code, message] of [
    [['--port', 'x'], 2, 'node: --port x: a whole number from 0 to 65535 is needed (--help tells more)\n'],
    [
      ['--port', '0', '--hub', other.url],
      1,
      'node: the server has taken up none of the sub-protocols that were offered, "queue-link"',
    ],
    [['--port', '0', '--hub', 'ws://127.0.0.1:1'], 1, 'node: cannot connect to ws://127.0.0.1:1/: '],
  ] as const) {
    const child = startCommand('node', args);
    expect(await child.exited).toBe(code);
    expect(child.output).toContain(message);
  }
});
