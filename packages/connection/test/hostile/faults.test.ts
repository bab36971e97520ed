import { type Break, type BreakKind, type ConditionsChange, TcpProxy } from '@webson/testing/tcp';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/connection.js';
import { dial } from '../../src/node/client/dial.js';
import type { Server } from '../../src/node/server/server.js';
import type { ConnectionOptions } from '../../src/options/options.js';
import type { CloseInfo } from '../../src/protocol/close-info.js';
import { HandshakeError } from '../../src/protocol/contract/errors.js';
import { Status } from '../../src/status.js';
import { cleanUp, expectNothingLeft, portOf, rejection, serveForTest } from '../node/harness.js';
import { turns } from '../support/turns.js';

// Both ends are ours, what lies between them misbehaves: no hang past the deadlines, no crash, the right CloseInfo on
// both sides, nothing left open, and what came before the fault is delivered in its order.
expectNothingLeft();

const MESSAGES = Array.from({ length: 10 }, (_, i) => `${i}`.repeat(300));
/** Bytes on the wire of one message: header, masking key of a client, payload. */
const FRAME = { up: 8 + 300, down: 4 + 300 } as const;
/** Milliseconds that pass where only a deadline ends the silence; everywhere else the defaults must not be needed. */
const PATIENCE = 300;

type Direction = 'up' | 'down';
const DIRECTIONS: readonly Direction[] = ['up', 'down'];

interface End {
  connection: Connection;
  closed: Promise<CloseInfo>;
  received: string[];
}

interface Both {
  client: End;
  server: End;
  http: Server;
  proxy: TcpProxy;
}

/** What lies between the ends: how bytes travel, and where on one way, if anywhere, it breaks. */
interface Course {
  conditions?: ConditionsChange;
  breaks?: Partial<Record<Direction, Break>>;
}

/** A proxy before the server, and what resolves when a link through it breaks as it should. */
async function standBefore(http: Server, { conditions = {}, breaks = {} }: Course): Promise<[TcpProxy, Promise<void>]> {
  const proxy = await TcpProxy.listen({ target: { port: portOf(http) }, conditions });
  cleanUp(() => proxy.close());
  const broken = new Promise<void>((resolve) => {
    proxy.onLink((link) => {
      for (const direction of DIRECTIONS) {
        const where = breaks[direction];
        if (where !== undefined) link.breakAt(direction, where);
      }
      void link.broken.then(resolve);
    });
  });
  return [proxy, broken];
}

/** What an end does once it is ready: says everything there is to say, in one turn, and closes if it is the one to. */
function begin(connection: Connection, closes: boolean): End {
  const received: string[] = [];
  connection.onMessage(1, (message) => received.push(message.text()));
  // What a link that has gone silent is for an application to decide.
  connection.onStatus(Status.Timeout, (_previous, adapter) => adapter.close(1001));
  connection.onReady((adapter) => {
    for (const message of MESSAGES) adapter.dispatch(1, message);
    if (closes) adapter.close(1000, 'bye');
  });
  return { connection, closed: connection.start(), received };
}

async function join(course: Course, closer: 'client' | 'server', options: ConnectionOptions): Promise<Both> {
  let onServer!: (end: End) => void;
  const joined = new Promise<End>((resolve) => {
    onServer = resolve;
  });
  const http = await serveForTest(options, (connection) => onServer(begin(connection, closer === 'server')));
  const [proxy] = await standBefore(http, course);
  const client = begin(await dial(`ws://127.0.0.1:${proxy.port}/`, options), closer === 'client');
  return { client, server: await joined, http, proxy };
}

async function gone({ http, proxy }: Pick<Both, 'http' | 'proxy'>): Promise<void> {
  // Bounded by the time limit of the test.
  while (http.connections.size > 0 || proxy.links.size > 0) await turns();
}

describe('delays and splits harm nothing', () => {
  const courses: [string, ConditionsChange][] = [
    ['a byte at a time', { split: [1] }],
    ['two bytes at a time', { split: [2] }],
    ['pieces of 1 to 7 bytes', { split: [1, 2, 3, 4, 5, 6, 7] }],
    ['pieces that end within the next header', { split: [305, 307, 2, 311] }],
    ['pieces of 100 bytes, each later', { split: [100], delay: 2 }],
    ['all of it later', { delay: 20 }],
  ];
  for (const closer of ['client', 'server'] as const) {
    test.each(courses)(`%s; the ${closer} closes`, async (_, conditions) => {
      const both = await join({ conditions }, closer, { pingInterval: 0 });
      const info = { code: 1000, reason: 'bye', wasClean: true };
      expect(await both.client.closed).toEqual(info);
      expect(await both.server.closed).toEqual(info);
      expect(both.client.received).toEqual(MESSAGES);
      expect(both.server.received).toEqual(MESSAGES);
      await gone(both);
    });
  }
});

const FAULTS: readonly BreakKind[] = ['end', 'drop', 'reset', 'stall'];

// Silence after the handshake is found by the heartbeat, later than by whoever waits for the answer to a Close.
function deadlines(fault: BreakKind): ConnectionOptions {
  if (fault !== 'stall') return { pingInterval: 0 };
  return { timeout: { close: PATIENCE, pong: PATIENCE }, pingInterval: PATIENCE };
}

describe.each(DIRECTIONS)('on the way %s', (direction) => {
  describe.each(FAULTS)('%s', (fault) => {
    test.each([0, 20])('in the handshake, after %d bytes: dial rejects, the server goes on', async (after) => {
      const ends: Promise<CloseInfo>[] = [];
      const options: ConnectionOptions = fault === 'stall' ? { timeout: { handshake: PATIENCE } } : { pingInterval: 0 };
      const http = await serveForTest(options, (connection) => void ends.push(begin(connection, false).closed));
      const [proxy, broken] = await standBefore(http, { breaks: { [direction]: { kind: fault, after } } });
      const error = await rejection(dial(`ws://127.0.0.1:${proxy.port}/`, options));
      expect(error).toBeInstanceOf(HandshakeError);
      // The server may have said 400 or 408 to the half of a request.
      if (fault === 'stall' && direction === 'down') expect(error.code).toBe('TIMEOUT');
      if (fault === 'reset') expect(error.code).toMatch(/^(CONNECT_FAILED|DISCONNECTED)$/);
      await broken;
      for (const info of await Promise.all(ends)) expect(info).toMatchObject({ code: 1006, wasClean: false });
      expect(ends).toHaveLength(direction === 'down' ? 1 : 0);
      const healthy = await dial(http.url, { pingInterval: 0 });
      const closed = healthy.start();
      healthy.close();
      expect(await closed).toMatchObject({ code: 1000, wasClean: true });
    });

    const frame = FRAME[direction];
    const stages: [stage: string, after: number, delivered: number][] = [
      ['in the first header', 1, 0],
      ['in the middle of a header', 3 * frame + 3, 3],
      ['in the middle of a payload', 3 * frame + 150, 3],
      ['between two messages', 3 * frame, 3],
      ['before the Close', 10 * frame, 10],
      ['in the middle of the Close', 10 * frame + 3, 10],
    ];
    test.each(stages)('%s: 1006 on both sides', async (_, after, delivered) => {
      const sender = direction === 'up' ? 'client' : 'server';
      const receiver = direction === 'up' ? 'server' : 'client';
      const breaks = { [direction]: { kind: fault, after, from: 'head' } } as const;
      const both = await join({ breaks }, sender, deadlines(fault));
      const [senderInfo, receiverInfo] = await Promise.all([both[sender].closed, both[receiver].closed]);
      expect(senderInfo).toMatchObject({ code: 1006, reason: '', wasClean: false });
      expect(receiverInfo).toMatchObject({ code: 1006, reason: '', wasClean: false });
      // Node may send FIN before RST: which of them is seen first is chance.
      if (fault === 'reset') expect(receiverInfo.error ?? { code: 'ECONNRESET' }).toMatchObject({ code: 'ECONNRESET' });
      if (fault === 'end') expect(receiverInfo.error).toBeUndefined();
      expect(both[receiver].received).toEqual(MESSAGES.slice(0, delivered));
      // The way back is not touched by the end of this one.
      if (fault === 'end') expect(both[sender].received).toEqual(MESSAGES);
      if (fault !== 'stall') await gone(both);
    });

    test('in the middle of the answer to a Close: who closed sees 1006, the other the Close', async () => {
      const answerer = direction === 'up' ? 'client' : 'server';
      const closer = direction === 'up' ? 'server' : 'client';
      const breaks = { [direction]: { kind: fault, after: 10 * frame + 3, from: 'head' } } as const;
      const both = await join({ breaks }, closer, deadlines(fault));
      const [closerInfo, answererInfo] = await Promise.all([both[closer].closed, both[answerer].closed]);
      expect(closerInfo).toMatchObject({ code: 1006, wasClean: false });
      expect(answererInfo).toEqual({ code: 1000, reason: 'bye', wasClean: true });
      expect(both[answerer].received).toEqual(MESSAGES);
      expect(both[closer].received).toEqual(MESSAGES);
      if (fault !== 'stall') await gone(both);
    });
  });
});
