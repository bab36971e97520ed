import type { RunningServer } from '../../harness/servers.js';
import type { Cell } from '../cells.js';
import type { Need } from './runtime.js';

/** What the load has to speak: WebSocket, or plain bytes that come back as they are. */
export type Speech = 'websocket' | 'bytes';

/** What every file of this folder exports: listens on a free port of 127.0.0.1. */
export type StartServer = () => Promise<RunningServer>;

/** A server that can be measured. */
export interface ServerKind {
  readonly name: string;
  /** As a reader who does not know the name calls it. */
  readonly title: string;
  readonly speaks: Speech;
  /** Makes a string of every text, and bytes of that again. */
  readonly decodesText?: true;
  /** The server that does the same with the bytes of messages: this one decodes, and knows nothing but text. */
  readonly textOf?: string;
  /** What its process needs beside Node. */
  readonly needs?: Need;
  /** Loaded in the server's process only. */
  readonly load: () => Promise<StartServer>;
}

/** The `ws` of somebody who knows what masking and writes cost. */
export const tuned = 'ws-tuned';

/** The servers, the one the others are compared to first. */
export const serverKinds: readonly ServerKind[] = [
  {
    name: 'ws',
    title: 'ws',
    speaks: 'websocket',
    load: async () => (await import('./ws.js')).startPlain,
  },
  {
    name: 'ws-bufferutil',
    title: 'ws + bufferutil',
    speaks: 'websocket',
    needs: 'bufferutil',
    load: async () => withAddon((await import('./ws.js')).startPlain),
  },
  {
    name: tuned,
    title: 'ws + bufferutil + cork',
    speaks: 'websocket',
    needs: 'bufferutil',
    load: async () => withAddon((await import('./ws.js')).startCorked),
  },
  {
    name: 'ws-text',
    title: 'ws',
    speaks: 'websocket',
    decodesText: true,
    textOf: 'ws',
    load: async () => (await import('./ws.js')).startText,
  },
  {
    name: 'ws-tuned-text',
    title: 'ws + bufferutil + cork',
    speaks: 'websocket',
    decodesText: true,
    textOf: tuned,
    needs: 'bufferutil',
    load: async () => withAddon((await import('./ws.js')).startCorkedText),
  },
  {
    name: 'webson',
    title: 'webson',
    speaks: 'websocket',
    load: async () => (await import('./webson.js')).start,
  },
  {
    name: 'webson-text',
    title: 'webson',
    speaks: 'websocket',
    decodesText: true,
    textOf: 'webson',
    load: async () => (await import('./webson.js')).startText,
  },
  {
    name: 'bun',
    title: 'Bun',
    speaks: 'websocket',
    decodesText: true,
    needs: 'bun',
    load: async () => (await import('./bun.js')).start,
  },
  {
    name: 'net',
    title: 'node:net, no WebSocket',
    speaks: 'bytes',
    load: async () => (await import('./net.js')).start,
  },
];

/** The servers that run on Node and take whatever comes: those whose memory can be looked at. */
export const plainKinds: readonly ServerKind[] = serverKinds.filter(
  ({ needs, textOf }) => needs !== 'bun' && textOf === undefined,
);

/** Whether a server knows the messages of a cell: one that decodes text alone has no answer to binary ones. */
export function takes(kind: ServerKind, cell: Cell): boolean {
  return kind.textOf === undefined || isText(cell);
}

/** Whether messages of a cell become strings in a server. */
export function decodes(kind: ServerKind, cell: Cell): boolean {
  return kind.decodesText === true && isText(cell);
}

function isText({ payload = 'binary' }: Cell): boolean {
  return payload !== 'binary';
}

async function withAddon(start: StartServer): Promise<StartServer> {
  (await import('./masking.js')).proveCompiledMasking();
  return start;
}
