import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { brief, FrameReader, frame } from '../support/frames.js';
import { turns } from '../support/turns.js';
import { connectToGo, PeerTransport } from './connecting.js';

vi.mock('../../src/run-time.js', () => import('../support/run-time.js'));

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
  expect(await over).toEqual({ code: 3000, reason: '', wasClean: true });
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
