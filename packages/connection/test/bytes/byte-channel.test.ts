import { describe, expect, test } from 'vitest';
import { ByteChannel } from '../../src/bytes/byte-channel.js';
import { carrierOf } from '../../src/connection.js';
import { ClosedError } from '../../src/protocol/contract/errors.js';
import { cleanUpConnections, connect, type TestConnection, type TestOptions } from '../support/connections.js';
import { pattern } from '../support/frames.js';
import { turns } from '../support/turns.js';

cleanUpConnections();

function open(options: TestOptions = {}, halfClose = true): TestConnection & { channel: ByteChannel } {
  const made = connect(options);
  return { ...made, channel: new ByteChannel(carrierOf(made.connection), { halfClose }) };
}

async function textOf(channel: ByteChannel): Promise<string> {
  let text = '';
  for (let chunk = await channel.read(); chunk !== undefined; chunk = await channel.read()) text += Buffer.from(chunk);
  return text;
}

test('messages that come on several streams at a time are read in the order in which they begin', async () => {
  const { channel, peer } = open({ enableStreams: true });
  peer.sendOn(1, 2, 'a', false);
  peer.sendOn(2, 2, 'c', false);
  peer.sendOn(3, 2, '');
  peer.sendOn(2, 0, 'd');
  await turns(2);
  peer.sendOn(1, 0, 'b');
  expect(await textOf(channel)).toBe('abcd');
  peer.close();
});

test('other types than text and binary are none of its business', async () => {
  const { connection, peer } = connect();
  connection.onMessage(3, () => {});
  const channel = new ByteChannel(carrierOf(connection), { halfClose: true });
  peer.send([3, 'custom'], [2, 'a'], [3, ''], [2, '']);
  expect(await textOf(channel)).toBe('a');
  peer.close();
});

test('nothing is read of a message before it is asked for', async () => {
  const { channel, peer, transport } = open({ connectionWindow: 65_536, maxPendingBytes: 65_536 });
  for (let i = 0; i < 40; i++) peer.send([2, pattern(10_000, i)]);
  await turns(3);
  expect(transport.isPaused).toBe(true);
  for (let i = 0; i < 40; i++) expect((await channel.read())?.length).toBe(10_000);
  expect(transport.isPaused).toBe(false);
  peer.close();
});

describe('the end', () => {
  test('of a connection that the peer has closed as it should needs nothing more', async () => {
    const { channel, peer } = open();
    peer.close();
    await channel.closed;
    await channel.end();
    await turns(2);
    expect(peer.frames.every(({ opcode }) => opcode === 8)).toBe(true);
    expect(await channel.read()).toBe(undefined);
    expect(channel.isOver).toBe(true);
  });

  test('fails when the connection breaks off before everything has left', async () => {
    const { channel, peer } = open();
    peer.transport.pause();
    const written = channel.write(pattern(8 << 20));
    const ended = channel.end();
    peer.transport.destroy();
    await expect(written).rejects.toBeInstanceOf(ClosedError);
    await expect(ended).rejects.toBeInstanceOf(ClosedError);
    await expect(channel.read()).rejects.toThrow('ended with 1006');
  });

  test('of this side alone leaves the connection open', async () => {
    const { channel, connection, peer } = open();
    await channel.end();
    peer.send([2, 'more']);
    expect(Buffer.from((await channel.read())!).toString()).toBe('more');
    expect([channel.isOver, connection.closeInfo]).toEqual([false, undefined]);
    channel.abort(null);
    peer.close(1001);
    expect(await channel.closed).toMatchObject({ code: 1001 });
  });
});

test('what comes after it was given up is dropped, and the closing handshake is done', async () => {
  const { channel, connection, peer } = open({ maxPendingBytes: 65_536 });
  peer.send([2, 'begun', false]);
  await turns(2);
  channel.abort(new Error('enough'));
  for (let i = 0; i < 100; i++) peer.send([0, pattern(10_000, i), i === 99]);
  peer.close(1011);
  await channel.closed;
  expect(connection.closeInfo).toMatchObject({ code: 1011, wasClean: true });
});
