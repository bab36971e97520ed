import { createTransportPair, nodePlatform, resolveOptions } from '@webson/connection';
import { describe, expect, test } from 'vitest';
import { Connection } from 'webson';
import { Correspondent, type LifeReport } from '../../src/network/correspondent.js';
import { composeMail } from '../../src/network/mail.js';
import { Random } from '../../src/random.js';

/** A client's end that is told `texts` by a peer which then closes, and its report. */
async function reportOf(texts: readonly string[], isStreamed = false): Promise<LifeReport> {
  const [left, right] = createTransportPair();
  const parts = {
    platform: nodePlatform,
    settings: resolveOptions({ pingInterval: 0 }),
    negotiated: { protocol: '', extensions: [] },
  };
  const client = new Connection({ ...parts, transport: left, isClient: true });
  const peer = new Connection({ ...parts, transport: right, isClient: false });
  const reported = new Promise<LifeReport>(
    (onReport) => new Correspondent(client, { name: 'plain', isStreamed }, { onReport }),
  );
  void client.start();
  void peer.start();
  for (const text of texts) peer.dispatch(1, text);
  peer.close(3000);
  return reported;
}

const mails = (...numbers: number[]): string[] => ['life life 7', ...numbers.map((number) => composeMail(number, 20))];

test('mails that come in order are counted, and how it ended is told', async () => {
  const report = await reportOf(mails(0, 1, 2));
  expect(report).toMatchObject({ life: 'life 7', side: 'client', sent: 0, received: 3, wasClean: true, code: 3000 });
  expect(report.faults).toEqual([]);
});

test('on streams in any order', async () => {
  const { faults, received } = await reportOf(mails(2, 0, 1, 4), true);
  expect(faults).toEqual([]);
  expect(received).toBe(4);
});

describe('what is wrong with what comes', () => {
  test.each<[string, string[], boolean]>([
    ['out of order', mails(1, 0), false],
    ['a gap', mails(0, 2), false],
    ['twice', mails(0, 0), false],
    ['twice on streams', mails(1, 0, 1), true],
    ['twice on streams, ahead of another', mails(2, 2), true],
    ['changed', [...mails(0), `${composeMail(1, 20)}?`], false],
    ['a second name', [...mails(0), 'life life 8'], false],
  ])('%s', async (_name, texts, isStreamed) => {
    expect((await reportOf(texts, isStreamed)).faults).toHaveLength(1);
  });
});

test('nothing is sent before the life has a name, and the name is told to the client', async () => {
  const [left, right] = createTransportPair();
  const parts = {
    platform: nodePlatform,
    settings: resolveOptions({ pingInterval: 0 }),
    negotiated: { protocol: '', extensions: [] },
  };
  const kind = { name: 'plain', isStreamed: false };
  const reports: LifeReport[] = [];
  const both = new Promise<void>((resolve) => {
    const events = { onReport: (report: LifeReport): void => void (reports.push(report) === 2 && resolve()) };
    const client = new Correspondent(new Connection({ ...parts, transport: left, isClient: true }), kind, events);
    const server = new Correspondent(new Connection({ ...parts, transport: right, isClient: false }), kind, events);
    const random = new Random(1);
    void client.connection.start();
    void server.connection.start();
    client.send(random);
    server.begin('life 1');
    for (let i = 0; i < 5; i++) server.send(random);
    client.connection.onMessage(9, () => {
      client.send(random);
      client.leave();
    });
    server.connection.ping();
  });
  await both;
  expect(reports.find(({ side }) => side === 'client')).toMatchObject({
    life: 'life 1',
    sent: 1,
    received: 5,
    hasLeft: true,
  });
  expect(reports.find(({ side }) => side === 'server')).toMatchObject({
    life: 'life 1',
    sent: 5,
    received: 1,
    code: 1000,
  });
});

test('that its peer is silent is told at once, and the connection closed', async () => {
  const [left] = createTransportPair();
  const connection = new Connection({
    platform: nodePlatform,
    settings: resolveOptions({ pingInterval: 1, timeout: { pong: 1, close: 1 } }),
    negotiated: { protocol: '', extensions: [] },
    transport: left,
    isClient: false,
  });
  const seen: unknown[] = [];
  await new Promise<void>((resolve) => {
    const correspondent = new Correspondent(
      connection,
      { name: 'tls', isStreamed: false },
      {
        onSilent: (end) => void seen.push(end),
        onReport: ({ hasTimedOut }) => resolve(void seen.push(hasTimedOut)),
      },
    );
    void connection.start();
    correspondent.begin('life 1');
  });
  expect(seen).toEqual([{ life: 'life 1', side: 'server', kind: 'tls' }, true]);
});
