import { onTestFinished } from 'vitest';
import { type CloseInfo, type Connection, dial, type Message } from 'webson';
import { type Entry, type Refused, Type, type Welcome } from '../../src/shared/protocol.js';

/** A client that is no page, and may send anything. */
export interface Client {
  readonly connection: Connection;
  readonly ended: Promise<CloseInfo>;
  readonly welcome: Welcome[];
  readonly entries: Entry[];
  readonly members: string[][];
  readonly refused: Refused[];
  readonly probes: string[];
  readonly files: Message[];
}

/** What is asked for in a URL of the chat. */
export function chatUrl(server: string, query: Record<string, string>): string {
  return `${server.replace('http:', 'ws:')}chat?${new URLSearchParams(query)}`;
}

/** Dials as a page does, from Node, and collects what comes. */
export async function openClient(server: string, name: string, more: Record<string, string> = {}): Promise<Client> {
  const connection = await dial(chatUrl(server, { name, secret: `secret-${name.replaceAll(' ', '-')}`, ...more }), {
    enableStreams: true,
  });
  onTestFinished(() => connection.terminate());
  const client = {
    connection,
    welcome: [] as Welcome[],
    entries: [] as Entry[],
    members: [] as string[][],
    refused: [] as Refused[],
    probes: [] as string[],
    files: [] as Message[],
  };
  const json = <T>(type: number, list: T[]): void => {
    connection.onMessage(type, (message) => void list.push(message.json() as T));
  };
  json(Type.Welcome, client.welcome);
  json(Type.Chat, client.entries);
  json(Type.Members, client.members);
  json(Type.Refused, client.refused);
  connection.onMessage(Type.Probe, (message) => void client.probes.push(message.text()));
  connection.onMessage(Type.File, (message) => void client.files.push(message));
  return { ...client, ended: connection.start() };
}
