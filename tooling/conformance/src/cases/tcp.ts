import type { CloseInfo, ConnectionOptions } from 'webson';
import { binary, close, closePayload, concat, hex, ping, type Role, text, textStart } from '../case.js';
import { echoInTurn } from '../runner/echo.js';
import { openSession, type Session } from '../runner/session.js';
import { type Frame, frameSize, writeFrame } from '../wire/frame.js';
import { randomBytes } from '../wire/random.js';
import type { Item } from '../wire/reader.js';

/** A case that is about the TCP connection: it runs on sockets only, and says what is right in its own words. */
export interface TcpCase {
  readonly id: string;
  readonly title: string;
  readonly rule: string;
  /** Rejects when something is not right. */
  readonly run: (role: Role) => Promise<void>;
}

const PATIENCE = 10_000;
const SHORT = 150;
const MIB = 1024 * 1024;
const CLOSE = 8;

/** A session with an echo, and what the echo said. */
class Talk {
  readonly role: Role;
  readonly received: Item[] = [];
  readonly #session: Session;

  private constructor(role: Role, session: Session, received: Item[]) {
    this.role = role;
    this.#session = session;
    this.received = received;
  }

  static async open(role: Role, options?: ConnectionOptions, first: readonly Frame[] = []): Promise<Talk> {
    const received: Item[] = [];
    const session = await openSession(role, {
      options,
      setup: (connection) => echoInTurn(connection, () => {}),
      onItem: (item) => received.push(item),
      first: bytesOf(role, ...first),
    });
    return new Talk(role, session, received);
  }

  get session(): Session {
    return this.#session;
  }

  get hasEnded(): boolean {
    return this.#session.peer.isEnded;
  }

  send(...frames: readonly Frame[]): void {
    this.#session.peer.socket.write(bytesOf(this.role, ...frames));
  }

  /** Waits until so many messages and control frames have come. */
  async got(count: number): Promise<void> {
    await this.#session.peer.until(
      () => this.received.length >= count,
      () => `${count} answers`,
      PATIENCE,
    );
  }

  async ended(): Promise<void> {
    await this.#session.peer.until(
      () => this.hasEnded,
      () => 'the end of TCP',
      PATIENCE,
    );
  }

  /** Ends our side, and waits for everything to be over. */
  async over(): Promise<CloseInfo> {
    const { peer, info } = this.#session;
    if (!peer.socket.writableEnded) peer.socket.end();
    await peer.until(
      () => peer.socket.destroyed,
      () => 'the end of the socket',
      PATIENCE,
    );
    return info;
  }

  /** What came last is a Close of that code. */
  expectClose(code: number): void {
    const { type, payload } = this.received.at(-1) ?? { type: 0, payload: new Uint8Array(0) };
    const got = type === CLOSE && payload.length >= 2 ? (payload[0]! << 8) | payload[1]! : undefined;
    if (got !== code) throw new Error(`Close ${code} expected at the end, got ${got ?? `type ${type}`}`);
  }
}

function bytesOf(role: Role, ...frames: readonly Frame[]): Uint8Array {
  const masked = role === 'server';
  const parts = frames.map((frame, i) => {
    const bytes = new Uint8Array(frameSize(frame, masked));
    writeFrame(bytes, 0, frame, masked ? Uint8Array.of(1 + i, 99, 77, 55) : undefined);
    return bytes;
  });
  return concat(...parts);
}

function expectInfo({ code, wasClean }: CloseInfo, expectedCode: number, expectedClean: boolean): void {
  if (code !== expectedCode || wasClean !== expectedClean) {
    throw new Error(`CloseInfo ${code}, clean: ${wasClean}; expected ${expectedCode}, clean: ${expectedClean}`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tcp(
  name: string,
  title: string,
  rule: string,
  play: (talk: Talk) => Promise<void>,
  options?: ConnectionOptions,
  first?: readonly Frame[],
): TcpCase {
  return {
    id: `tcp/${name}`,
    title,
    rule,
    run: async (role) => {
      const talk = await Talk.open(role, options, first);
      try {
        await play(talk);
      } finally {
        await talk.session.stop();
      }
    },
  };
}

const large = randomBytes(8 * MIB, 17);

/** What only shows on a real connection: who ends TCP and when, and that nothing is lost by it. */
export const tcpCases: readonly TcpCase[] = [
  tcp(
    'who-ends-first',
    'after the closing handshake the server ends TCP, the client waits',
    'RFC 6455 §7.1.1',
    async (talk) => {
      talk.send(close(1000, 'bye'));
      await talk.got(1);
      talk.expectClose(1000);
      if (talk.role === 'server') await talk.ended();
      else await pause(SHORT);
      if (talk.hasEnded !== (talk.role === 'server')) throw new Error('the client ended first');
      expectInfo(await talk.over(), 1000, true);
    },
  ),
  tcp('who-ends-first-ours', 'the same when we close', 'RFC 6455 §7.1.1', async (talk) => {
    talk.session.connection.close(1001);
    await talk.got(1);
    await pause(SHORT);
    if (talk.hasEnded) throw new Error('ended TCP before the closing handshake was over');
    talk.send(close(1001));
    if (talk.role === 'server') await talk.ended();
    else await pause(SHORT);
    if (talk.hasEnded !== (talk.role === 'server')) throw new Error('the client ended first');
    expectInfo(await talk.over(), 1001, true);
  }),
  tcp(
    'violation-then-flood',
    '8 MiB after a violation: the Close is not lost to a reset',
    'RFC 6455 §7.1.7',
    async (talk) => {
      const { socket } = talk.session.peer;
      socket.pause();
      talk.send(text(hex('ff')));
      for (let i = 0; i < 8; i++) {
        await new Promise((resolve) => socket.write(large.subarray(i * MIB, (i + 1) * MIB), resolve));
      }
      socket.resume();
      await talk.got(1);
      talk.expectClose(1007);
      await talk.ended();
      expectInfo(await talk.over(), 1007, false);
    },
  ),
  tcp(
    'violation-then-drip',
    'what comes after a violation is dropped until the peer ends',
    'RFC 6455 §7.1.7',
    async (talk) => {
      talk.send(textStart('x'), text('y'));
      await talk.ended();
      talk.expectClose(1002);
      for (let i = 0; i < 5; i++) {
        talk.send(text('never'), ping('never'), close(1000));
        await pause(SHORT / 10);
      }
      if (talk.received.length !== 1) throw new Error('answered after the connection had failed');
      expectInfo(await talk.over(), 1002, false);
    },
  ),
  tcp('first-bad-byte', 'one bad byte in a frame of 64 MiB, and no byte more', 'RFC 6455 §8.1', async (talk) => {
    talk.send(text('all is well so far ', { announced: 64n * 1024n * 1024n }));
    await pause(SHORT / 10);
    if (talk.received.length > 0) throw new Error('failed before the bad byte');
    // The 19th byte of the payload is masked with the key's fourth: 55.
    const bad = 0xff;
    talk.session.peer.socket.write(Uint8Array.of(talk.role === 'server' ? bad ^ 55 : bad));
    await talk.got(1);
    talk.expectClose(1007);
    await talk.ended();
    expectInfo(await talk.over(), 1007, false);
  }),
  tcp(
    'backlog-then-close',
    'a Close comes while 8 MiB of echo are not read yet: all of it, then the Close, then the end',
    'RFC 6455 §5.5.1',
    async (talk) => {
      const { socket } = talk.session.peer;
      socket.pause();
      talk.send(binary(large), close(1000, 'bye'));
      await pause(SHORT);
      socket.resume();
      await talk.got(2);
      if (Buffer.compare(talk.received[0]!.payload, large) !== 0) throw new Error('the echo is damaged');
      talk.expectClose(1000);
      expectInfo(await talk.over(), 1000, true);
    },
  ),
  tcp(
    'backlog-then-our-close',
    'we close while 8 MiB of echo are not read yet: nothing of it is lost',
    'RFC 6455 §5.5.1',
    async (talk) => {
      const { socket } = talk.session.peer;
      socket.pause();
      talk.send(binary(large));
      const { connection } = talk.session;
      while (connection.bufferedAmount === 0) await pause(SHORT / 10);
      connection.close(1001);
      socket.resume();
      await talk.got(2);
      if (Buffer.compare(talk.received[0]!.payload, large) !== 0) throw new Error('the echo is damaged');
      talk.expectClose(1001);
      talk.send(close(1001));
      expectInfo(await talk.over(), 1001, true);
    },
  ),
  tcp('close-and-end', 'a Close and the end of TCP in one: it is answered', 'RFC 6455 §5.5.1', async (talk) => {
    talk.session.peer.socket.end(bytesOf(talk.role, text('x'), close(1000)));
    await talk.got(2);
    talk.expectClose(1000);
    expectInfo(await talk.over(), 1000, true);
  }),
  tcp('end-without-close', 'the end of TCP after a text: the echo still comes', 'RFC 6455 §7.1.5', async (talk) => {
    talk.session.peer.socket.end(bytesOf(talk.role, text('x')));
    await talk.got(1);
    await talk.ended();
    if (talk.received.length > 1) throw new Error('something came after the echo');
    expectInfo(await talk.over(), 1006, false);
  }),
  tcp(
    'silent-peer',
    'a peer that never answers our Close',
    'RFC 6455 §7.1.1',
    async (talk) => {
      talk.session.connection.close(1000);
      await talk.got(1);
      await talk.ended();
      expectInfo(await talk.over(), 1006, false);
    },
    { timeout: { close: SHORT } },
  ),
  tcp(
    'peer-never-ends',
    'a peer that never ends TCP after the closing handshake',
    'RFC 6455 §7.1.1',
    async (talk) => {
      talk.send(close(1000));
      await talk.got(1);
      expectInfo(await talk.session.info, 1000, true);
      await talk.ended();
    },
    { timeout: { close: SHORT } },
  ),
  tcp('reset', 'the peer resets TCP', 'RFC 6455 §7.1.5', async (talk) => {
    talk.send(text('x'));
    await talk.got(1);
    talk.session.peer.socket.resetAndDestroy();
    expectInfo(await talk.session.info, 1006, false);
  }),
  tcp('reset-after-close', 'the peer resets TCP after the closing handshake', 'RFC 6455 §7.1.4', async (talk) => {
    talk.send(close(1000));
    await talk.got(1);
    talk.session.peer.socket.resetAndDestroy();
    expectInfo(await talk.session.info, 1000, true);
  }),
  tcp(
    'with-the-handshake',
    'frames in one write with the handshake',
    'RFC 6455 §4.2.2',
    async (talk) => {
      await talk.got(2);
      talk.send(close(1000));
      await talk.got(3);
      expectInfo(await talk.over(), 1000, true);
    },
    undefined,
    [text('first words'), ping('p')],
  ),
  tcp(
    'part-with-the-handshake',
    'the first half of a frame in one write with the handshake',
    'RFC 6455 §4.2.2',
    async (talk) => {
      const bytes = bytesOf(talk.role, text('first words'));
      talk.session.peer.socket.write(bytes.subarray(7));
      await talk.got(1);
      talk.send(close(1000));
      await talk.got(2);
      expectInfo(await talk.over(), 1000, true);
    },
    undefined,
    [text('first words', { cut: 7 })],
  ),
  tcp('byte-by-byte', 'every byte in a segment of its own', 'RFC 6455 §5.2', async (talk) => {
    const bytes = bytesOf(
      talk.role,
      textStart('hel'),
      ping('p'),
      { ...text('lo'), opcode: 0 },
      binary(randomBytes(130)),
      close(1000),
    );
    for (const byte of bytes) {
      await new Promise((resolve) => talk.session.peer.socket.write(Uint8Array.of(byte), resolve));
    }
    await talk.got(4);
    if (talk.received.map(({ type }) => type).join() !== '10,1,2,8') throw new Error('other answers than due');
    if (Buffer.compare(talk.received[3]!.payload, closePayload(1000)) !== 0) throw new Error('another Close than due');
    expectInfo(await talk.over(), 1000, true);
  }),
];
