import { fileURLToPath } from 'node:url';
import { type Child, spawnChild } from '@webson/child-process';
import { QueueClient, wireOptions } from '@webson/example-message-queue';
import { expect, onTestFinished } from 'vitest';
import { dial } from 'webson';

/** A node as built, running. */
export interface RunningNode {
  readonly child: Child;
  readonly url: string;
}

/** A publisher or listener. */
export interface Client {
  readonly queue: QueueClient;
  /** What came: the topic, a colon, the body. */
  readonly messages: string[];
  /** Waits until a message has come so many times. */
  has(message: string, count?: number): Promise<void>;
}

const scripts = {
  node: '../dist/node.js',
  listener: '../../message-queue/dist/listener.js',
  publisher: '../../message-queue/dist/publisher.js',
} as const;

/** Starts one of the built commands. */
export function startCommand(name: keyof typeof scripts, args: readonly string[]): Child {
  return spawnChild(process.execPath, [fileURLToPath(new URL(scripts[name], import.meta.url)), ...args]);
}

/** Starts a node, on any free port by default, reads off where it is, and waits until it is linked with its hub. */
export async function startNode(hub?: RunningNode, port = 0): Promise<RunningNode> {
  const child = startCommand('node', ['--port', `${port}`, ...(hub === undefined ? [] : ['--hub', hub.url])]);
  const [, url = ''] = await child.sees(/^(ws:\S+)\n/m);
  if (hub !== undefined) await child.sees(/^linked with the hub\n/m);
  return { child, url };
}

/** Dials a node, and subscribes. */
export async function openClient(node: RunningNode, ...topics: string[]): Promise<Client> {
  const connection = await dial(node.url, wireOptions);
  const queue = new QueueClient(connection);
  const messages: string[] = [];
  const waiting: (() => void)[] = [];
  queue.onMessage(({ topic, body }) => {
    messages.push(`${topic}:${Buffer.from(body)}`);
    for (const look of waiting.splice(0)) look();
  });
  const ended = connection.start();
  onTestFinished(async () => {
    connection.close();
    await ended;
  });
  for (const topic of topics) await queue.subscribe(topic);
  const has = async (message: string, count = 1): Promise<void> => {
    while (messages.filter((other) => other === message).length < count) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { queue, messages, has };
}

/** Stops a node as a crash does. */
export async function kill({ child }: RunningNode): Promise<void> {
  child.process.kill('SIGKILL');
  expect(await child.exited).toBe('SIGKILL');
}
