import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { brief, FrameReader, frame } from '../support/frames.js';
import { turns } from '../support/turns.js';
import { connectToGo, PeerTransport } from './connecting.js';

vi.mock('../../src/time/run-time.js', () => import('../support/run-time.js'));

describe('a Close of ours', () => {
  function closing(options = {}) {
    const transport = new PeerTransport();
    const connection = connectToGo(transport, true, {}, options);
    const over = connection.start();
    connection.close(3000, 'bye');
    return { transport, over };
  }

  test('is answered by the end of the transport', async () => {
    const { transport, over } = closing();
    await turns(1);
    transport.close();
    expect(await over).toEqual({ code: 3000, reason: '', wasClean: true });
  });

  test('is answered by a Close all the same, if one comes', async () => {
    const { transport, over } = closing();
    await turns(1);
    transport.deliver(frame(8, new Uint8Array([0x0f, 0xa0])));
    transport.close();
    expect(await over).toEqual({ code: 4000, reason: '', wasClean: true });
  });

  test('that nothing answers in timeout.close has not been clean', async () => {
    const { over } = closing({ timeout: { close: 1 } });
    expect(await over).toEqual({ code: 1006, reason: '', wasClean: false });
  });

  test('after which the transport fails has not been clean', async () => {
    const { transport, over } = closing();
    await turns(1);
    const error = new Error('reset');
    transport.destroy(error);
    expect(await over).toEqual({ code: 1006, reason: '', wasClean: false, error });
  });
});

test('a ping of the peer is answered while our Close waits for its pong: its own may wait as well', async () => {
  const transport = new PeerTransport();
  const written = new FrameReader();
  transport.onWrite = (bytes) => written.push(bytes);
  const connection = connectToGo(transport, true, {});
  const over = connection.start();
  connection.dispatch(1, 'one');
  await turns(2);
  connection.close(3000, 'bye');
  await turns(2);
  const [, ping] = written.frames;
  transport.deliver(frame(9, 'first'));
  await turns(2);
  expect(written.frames.map(({ opcode }) => opcode)).toEqual([1, 9, 10]);
  transport.deliver(frame(10, ping!.payload));
  await turns(2);
  expect(written.frames.map(({ opcode }) => opcode)).toEqual([1, 9, 10, 8]);
  // What has left is the last.
  transport.deliver(frame(9, 'second'));
  await turns(2);
  expect(written.frames).toHaveLength(4);
  transport.close();
  expect(await over).toMatchObject({ code: 3000, wasClean: true });
});

test('a Go peer that goes while its pong is awaited is not waited for', async () => {
  const transport = new PeerTransport();
  const written = new FrameReader();
  transport.onWrite = (bytes) => written.push(bytes);
  // It would be waited for as long.
  const connection = connectToGo(transport, true, {}, { timeout: { close: 2 ** 31 - 1 } });
  const over = connection.start();
  connection.dispatch(1, 'one');
  await turns(2);
  connection.dispatch(1, 'two');
  connection.close(3000, 'bye');
  await turns(2);
  const ended = new Promise<void>((resolve) => {
    transport.onEnded = resolve;
  });
  expect(written.frames.map(({ opcode }) => opcode)).toEqual([1, 9]);
  transport.finish();
  await ended;
  transport.close();
  // Our Close came too late to be what it answered.
  expect(await over).toMatchObject({
    code: 1006,
    wasClean: false,
    error: { code: 'GO_PEER_LEFT' },
    unsent: { messages: 1, bytes: 9, mayBeSent: 0 },
  });
});

test('pings are answered until our Close has left: the peer may wait for a pong, too', async () => {
  const transport = new PeerTransport();
  const written = new FrameReader();
  transport.onWrite = (bytes) => written.push(bytes);
  const connection = connectToGo(transport, true, {}, {});
  const over = connection.start();
  const sent = (): string[] =>
    written.frames.map(({ opcode, payload }) => (opcode === 10 ? brief({ fin: true, opcode, payload }) : `${opcode}`));
  connection.dispatch(1, 'one');
  await turns(2);
  connection.dispatch(1, 'two');
  connection.close(3000, 'bye');
  await turns(2);
  const ours = written.frames[1]?.payload as Uint8Array;
  transport.deliver(frame(9, 'theirs'));
  await turns(2);
  expect(sent()).toEqual(['1', '9', '10 theirs']);
  transport.deliver(frame(10, ours));
  await turns(2);
  expect(sent()).toEqual(['1', '9', '10 theirs', '1', '8']);
  transport.deliver(frame(9, 'late'));
  await turns(2);
  expect(written.frames).toHaveLength(5);
  transport.close();
  await over;
});

describe('the first frame of a server', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  function greeting() {
    const transport = new PeerTransport();
    const written = new FrameReader();
    transport.onWrite = (bytes) => written.push(bytes);
    const connection = connectToGo(transport, false, {}, { pacing: false });
    const over = connection.onReady(() => connection.dispatch(1, 'welcome')).start();
    const end = async (): Promise<void> => {
      transport.close();
      await over;
    };
    return { transport, sent: () => written.frames.map(brief), end };
  }

  test('waits for the answer to a ping: what comes with the answer to the handshake a Go client loses', async () => {
    const { transport, sent, end } = greeting();
    vi.advanceTimersByTime(49);
    await turns(2);
    expect(sent()).toEqual([]);
    // This one is lost: the client was not ready.
    vi.advanceTimersByTime(1);
    await turns(2);
    expect(opcodes(sent())).toEqual(['9']);
    vi.advanceTimersByTime(50);
    await turns(2);
    expect(opcodes(sent())).toEqual(['9', '9']);
    transport.deliver(frame(10, new Uint8Array([0xff, 0x77]), { mask: true }));
    await turns(2);
    expect(opcodes(sent())).toEqual(['9', '9', '1']);
    vi.advanceTimersByTime(5000);
    await turns(2);
    expect(sent()).toHaveLength(3);
    await end();
  });

  test('waits a second for a client that answers no ping', async () => {
    const { sent, end } = greeting();
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(50);
      await turns(2);
    }
    expect(opcodes(sent())).toEqual(Array(20).fill('9'));
    vi.advanceTimersByTime(50);
    await turns(2);
    expect(sent().at(-1)).toBe('1 welcome');
    await end();
  });

  function opcodes(frames: readonly string[]): string[] {
    return frames.map((frame) => frame.split(' ')[0]!);
  }

  test('waits no longer than until the client speaks', async () => {
    const { transport, sent, end } = greeting();
    transport.deliver(frame(9, '', { mask: true }));
    await turns(2);
    expect([...sent()].sort()).toEqual(['1 welcome', '10']);
    await end();
  });
});

describe.each([true, false])('isClient %s: what was dispatched before the Close of the peer was there', (isClient) => {
  function echoing(agreed = {}, options = {}) {
    const transport = new PeerTransport();
    const written = new FrameReader({ streams: 'streams' in agreed });
    transport.onWrite = (bytes) => written.push(bytes);
    const connection = connectToGo(transport, isClient, agreed, options);
    connection.onMessage(1, (message, adapter) => void adapter.dispatch(1, message.read()));
    const over = connection.start();
    const send = (...messages: [number, string | Uint8Array][]): void => {
      const masked = messages.map(([opcode, payload]) => frame(opcode, payload, { mask: !isClient }));
      transport.deliver(Buffer.concat(masked));
    };
    const sent = (): string[] => written.frames.filter(({ opcode }) => opcode !== 9).map(brief);
    const closed = async (): Promise<void> => {
      while (sent().every((text) => !text.startsWith('8'))) await turns();
    };
    return { transport, connection, over, send, sent, closed };
  }
  const bye = Uint8Array.of(0x0f, 0xa0);
  const clean = { code: 4000, reason: '', wasClean: true };

  test('leaves before ours, all in one segment', async () => {
    const { transport, send, sent, over, closed } = echoing();
    send([1, 'one'], [1, 'two'], [8, bye]);
    await closed();
    transport.close();
    expect(sent().map((text) => text.slice(0, 5))).toEqual(['1 one', '1 two', `8 ${'\u000f'}\ufffd`]);
    expect(await over).toEqual(clean);
  });

  test('also when it is much, and while a pong is waited for that will not come', async () => {
    const { transport, connection, send, sent, over, closed } = echoing();
    send([10, '']);
    connection.dispatch(2, new Uint8Array(4000));
    await turns(2);
    send([1, 'a'.repeat(3000)], [1, 'b'.repeat(3000)], [1, 'c'.repeat(10_000)], [8, bye]);
    // No more can be sent, and a handler is told so.
    expect(() => connection.dispatch(1, 'late')).toThrow('closed or closing');
    await closed();
    expect(sent().map((text) => text.slice(0, 20))).toEqual([
      '2 4000 bytes',
      '1 3000 bytes',
      '1 3000 bytes',
      '1+ 4096 bytes',
      '1+ 4096 bytes',
      '1 1808 bytes',
      expect.stringMatching(/^8 /),
    ]);
    transport.close();
    expect(await over).toEqual(clean);
  });

  test('on streams, too', async () => {
    const { transport, connection, sent, over, closed } = echoing({ streams: 9 });
    transport.deliver(frame(10, '', { mask: !isClient }));
    for (let i = 0; i < 9; i++) connection.dispatch(1, `${i}`.repeat(5000));
    transport.deliver(frame(8, bye, { mask: !isClient }));
    await closed();
    expect(sent().filter((text) => text.startsWith('1 '))).toHaveLength(9);
    transport.close();
    expect(await over).toEqual(clean);
  });

  test('without pacing', async () => {
    const { transport, send, sent, over, closed } = echoing({}, { pacing: false });
    send([1, 'a'.repeat(10_000)], [1, 'two'], [8, bye]);
    await closed();
    expect(sent().map((text) => text.slice(0, 7))).toEqual([
      '1+ 4096',
      '1+ 4096',
      '1 1808 ',
      '1 two',
      expect.any(String),
    ]);
    transport.close();
    expect(await over).toEqual(clean);
  });

  test('is counted where it cannot be sent, for the peer has gone', async () => {
    const { transport, send, sent, over } = echoing();
    send([1, 'a'.repeat(3000)], [1, 'b'.repeat(3000)], [1, 'c'.repeat(10_000)], [8, bye]);
    transport.close();
    expect(sent().map((text) => text.slice(0, 6))).toEqual(['1 3000']);
    expect(await over).toMatchObject({ code: 4000, wasClean: false, unsent: { messages: 2, mayBeSent: 0 } });
  });

  test('is not waited for longer than timeout.close', async () => {
    const { send, over } = echoing({}, { timeout: { close: 1 } });
    send([1, 'a'.repeat(100_000)], [8, bye]);
    expect(await over).toMatchObject({ code: 4000, wasClean: false, unsent: { messages: 1 } });
  });
});

test.each([true, false])('isClient %s: a failure lets go what was dispatched before it', async (isClient) => {
  const transport = new PeerTransport();
  const written = new FrameReader();
  transport.onWrite = (bytes) => written.push(bytes);
  transport.onEnded = () => transport.close();
  const connection = connectToGo(transport, isClient, {});
  connection.onMessage(1, (message) => {
    if (message.text() === 'oops') throw new Error('oops');
    connection.dispatch(1, message.read());
  });
  const over = connection.start();
  const texts = ['one', 'x'.repeat(4000), 'y'.repeat(4000), 'oops'];
  transport.deliver(Buffer.concat(texts.map((text) => frame(1, text, { mask: !isClient }))));
  const info = await over;
  expect(info).toMatchObject({ code: 1011, wasClean: false });
  expect(info.unsent).toBeUndefined();
  expect(written.frames.map(brief)).toEqual(['1 one', '1 4000 bytes', '1 4000 bytes', expect.stringMatching(/^8 /)]);
});

test.each([true, false])('isClient %s: what a fault of the peer leaves unsent is counted', async (isClient) => {
  const transport = new PeerTransport();
  const connection = connectToGo(transport, isClient, {});
  const over = connection.start();
  transport.deliver(frame(10, '', { mask: !isClient }));
  for (let i = 0; i < 4; i++) connection.dispatch(2, new Uint8Array(4000));
  await turns(2);
  transport.deliver(frame(3, 'nobody registered for this', { mask: !isClient }));
  transport.close();
  expect(await over).toMatchObject({
    code: 1002,
    wasClean: false,
    unsent: { messages: 3 },
  });
});

describe('a peer that resets the connection', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

  async function outcomeOf(isClient: boolean, options: object, act: (transport: PeerTransport) => unknown) {
    const transport = new PeerTransport();
    const connection = connectToGo(transport, isClient, {}, options);
    const over = connection.start();
    await act(transport);
    await turns(2);
    transport.destroy(reset);
    return over;
  }

  test('did not want the answer to its handshake, or was sent what it cannot read', async () => {
    const magic = { magicKey: 'another' };
    const isLeft = { code: 1006, wasClean: false };
    const left = (code: string, message: RegExp) => ({
      ...isLeft,
      error: { code, message: expect.stringMatching(message), cause: reset },
    });
    const nothing = (): void => {};
    expect(await outcomeOf(false, magic, nothing)).toMatchObject(left('PEER_LEFT', /same magicKey/));
    expect(await outcomeOf(false, {}, nothing)).toMatchObject(left('GO_PEER_LEFT', /same magicKey/));
    const ping = (transport: PeerTransport): void => transport.deliver(frame(9, '', { mask: true }));
    expect(await outcomeOf(false, magic, ping)).toMatchObject(left('GO_PEER_LEFT', /BufferSize/));
  });

  test('with another error it is that error', async () => {
    const transport = new PeerTransport();
    const over = connectToGo(transport, false, {}).start();
    const error = new Error('unplugged');
    transport.destroy(error);
    expect(await over).toEqual({ code: 1006, reason: '', wasClean: false, error });
  });
});

test('what a server held back for a client that left is counted', async () => {
  const transport = new PeerTransport();
  const connection = connectToGo(transport, false, {});
  const over = connection.start();
  connection.dispatch(1, 'welcome');
  await turns(2);
  transport.close();
  expect(await over).toMatchObject({ code: 1006, error: { code: 'GO_PEER_LEFT' }, unsent: { messages: 1 } });
});
