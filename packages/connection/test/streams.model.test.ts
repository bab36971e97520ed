import fc from 'fast-check';
import { expect } from 'vitest';
import { nodePlatform } from '../src/node/platform.js';
import { FLOW_OPCODE, type FlowWindows } from '../src/protocol/contract/flow-entry.js';
import type { MessageBody, Reading } from '../src/protocol/contract/message-body.js';
import { flowControl } from '../src/protocol/negotiated/stream-extension.js';
import type { PiecewiseMessage } from '../src/protocol/outbound/piecewise-message.js';
import { Protocol } from '../src/protocol/protocol.js';
import type { ProtocolEvents } from '../src/protocol/protocol-events.js';
import { decodeFlow } from '../src/protocol/streams/flow-frame.js';
import { concat, FrameReader } from './support/frames.js';
import { propertyTest } from './support/property.js';

/** What is chosen for one end. */
interface Side {
  windows: FlowWindows;
  triggerOnStart: boolean;
  maxUnread: number;
}

/** What is chosen for one run. */
interface World {
  sides: [Side, Side];
  maxStreams: number;
  chunkSize: number;
  hasFlow: boolean;
}

/** The bytes of a message: the first two tell which it is. */
function contentOf(key: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i === 0 ? key >> 8 : i === 1 ? key : key * 31 + i * 7));
}

/** Which message bytes begin; undefined for too few of them. */
function keyOf(bytes: Uint8Array): number | undefined {
  return bytes.length < 2 ? undefined : (bytes[0]! << 8) | bytes[1]!;
}

/** A message of one end, as it was handed over. */
interface Sent {
  key: number;
  length: number;
  /** Set of one that is sent piece by piece. */
  message: PiecewiseMessage | undefined;
  isComplete: boolean;
  /** Given up by its sender before its last frame was out, or by the wish of its reader. */
  isGivenUp: boolean;
}

/** A message that arrives, and its reader, who reads when told. */
class Incoming implements MessageBody {
  readonly reading: Reading;
  #bytes: Uint8Array = new Uint8Array(0);
  #read = 0;
  isFinished = false;
  isOver = false;

  constructor(reading: Reading) {
    this.reading = reading;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get unread(): number {
    return this.isOver ? 0 : this.#bytes.length - this.#read;
  }

  append(slice: Uint8Array): void {
    expect(this.isOver || this.isFinished).toBe(false);
    expect(slice.length).toBeGreaterThan(0);
    this.#bytes = concat([this.#bytes, slice]);
  }

  finish(): void {
    expect(this.isOver || this.isFinished).toBe(false);
    this.isFinished = true;
  }

  cancel(): void {
    expect(this.isOver || this.isFinished).toBe(false);
    this.#leave();
  }

  read(most: number): void {
    const bytes = Math.min(most, this.unread);
    if (bytes === 0) return;
    this.#read += bytes;
    this.reading.consumed(bytes);
  }

  stop(): void {
    this.#leave();
    this.reading.stop();
  }

  #leave(): void {
    const { unread } = this;
    this.isOver = true;
    if (unread > 0) this.reading.consumed(unread);
  }
}

/** One end: a protocol machine, what it was told to do, what it has got, and the wire to the other end. */
class End implements ProtocolEvents {
  readonly protocol: Protocol;
  readonly sent: Sent[] = [];
  readonly bodies: Incoming[] = [];
  readonly stopped: Incoming[] = [];
  /** Content of whole messages received, in the order they were completed. */
  readonly received: Uint8Array[] = [];
  /** Bytes under way to the other end. */
  wire: Uint8Array = new Uint8Array(0);
  /** Bytes of payload on the wire so far, and the last limit of the connection that was granted. */
  dataSent = 0;
  granted: number;
  isReading = true;
  isBlocked = false;
  peerClosed = false;
  readonly #world: World;
  readonly #side: Side;
  readonly #sniffer = new FrameReader({ streams: true });

  constructor(world: World, index: 0 | 1) {
    const side = world.sides[index];
    const send = world.sides[1 - index]!.windows;
    this.#world = world;
    this.#side = side;
    this.granted = side.windows.connection;
    this.protocol = new Protocol(
      nodePlatform,
      {
        isClient: index === 0,
        maxPayloadSize: 1e6,
        maxMessageSize: 1e6,
        maxFragments: 1e6,
        chunkSize: world.chunkSize,
        triggerOnStart: side.triggerOnStart,
        maxUnread: side.maxUnread,
        streams: {
          maxStreams: world.maxStreams,
          flow: world.hasFlow ? flowControl(send, side.windows) : undefined,
        },
      },
      this,
    );
  }

  onSignOfLife(): void {
    throw new Error('nobody sent a ping');
  }

  onSilence(): void {
    this.onSignOfLife();
  }

  onMessage(_type: number, _streamId: number, payload: Uint8Array): void {
    this.received.push(payload);
  }

  onMessageStart(_type: number, _streamId: number, reading: Reading): MessageBody {
    const body = new Incoming(reading);
    this.bodies.push(body);
    return body;
  }

  onStarving(): void {}

  onControl(): void {}

  readonly mayAnswerClose = true;

  onPeerClose(): void {
    this.peerClosed = true;
  }

  onFailure(): void {
    throw new Error('failed', { cause: this.protocol.end() });
  }

  onOutput(): void {}

  onUnread(): void {
    this.isReading = !this.protocol.flow.isFull;
  }

  dispatch(length: number): void {
    const key = this.sent.length;
    this.sent.push({ key, length, message: undefined, isComplete: true, isGivenUp: false });
    const content = contentOf(key, length);
    this.protocol.send(2, content);
    // A short message is copied.
    content.fill(0xff);
  }

  open(): void {
    const entry: Sent = { key: this.sent.length, length: 0, message: undefined, isComplete: false, isGivenUp: false };
    this.sent.push(entry);
    entry.message = this.protocol.open(2, {
      onRoom() {},
      onStop: () => {
        entry.isGivenUp = true;
      },
    });
  }

  /** Messages that are sent piece by piece, and miss one. */
  get partial(): Sent[] {
    return this.sent.filter(({ isComplete, isGivenUp }) => !isComplete && !isGivenUp);
  }

  write(entry: Sent, length: number): void {
    const content = contentOf(entry.key, entry.length + length).slice(entry.length);
    entry.length += length;
    entry.message!.write(content);
  }

  finish(entry: Sent): void {
    entry.isComplete = true;
    entry.message!.end();
  }

  abort(entry: Sent): void {
    if (!entry.message!.isDone) entry.isGivenUp = true;
    expect(entry.message!.abort()).toBe(true);
  }

  /** Messages that are being read. */
  get arriving(): Incoming[] {
    return this.bodies.filter(({ isFinished, isOver, unread }) => !isOver && (!isFinished || unread > 0));
  }

  stop(body: Incoming): void {
    this.stopped.push(body);
    body.stop();
  }

  /** Writes to the wire what there is, if the transport is free. */
  flush(isDone: boolean): boolean {
    if (!this.protocol.hasOutput) return false;
    const bytes = concat(this.protocol.takeOutput());
    this.protocol.taken(isDone);
    this.isBlocked = this.isBlocked || !isDone;
    this.wire = concat([this.wire, bytes]);
    const from = this.#sniffer.frames.length;
    this.#sniffer.push(bytes);
    for (const frame of this.#sniffer.frames.slice(from)) {
      if (frame.opcode < 8) {
        this.dataSent += frame.payload.length;
        expect(frame.payload.length).toBeLessThanOrEqual(this.#world.chunkSize);
        expect(frame.streamId).toBeLessThanOrEqual(this.#world.maxStreams);
      }
      if (frame.opcode !== FLOW_OPCODE) continue;
      for (const { isStop, streamId, value } of decodeFlow(frame.payload)) {
        if (!isStop && streamId === 0) this.granted = value;
      }
    }
    return true;
  }

  drain(): boolean {
    if (!this.isBlocked) return false;
    this.isBlocked = false;
    this.protocol.drained();
    return true;
  }

  /** Takes bytes off the wire of the other end. */
  deliver(from: End, most: number): boolean {
    if (!this.isReading || from.wire.length === 0) return false;
    const chunk = from.wire.slice(0, most);
    from.wire = from.wire.slice(most);
    this.protocol.receive(chunk);
    this.#checkMemory(chunk.length);
    return true;
  }

  // What waits for its reader is no more than was allowed.
  #checkMemory(chunk: number): void {
    const { windows, maxUnread } = this.#side;
    const unread = this.bodies.map((body) => body.unread);
    const sum = unread.reduce((total, bytes) => total + bytes, 0);
    expect(sum).toBeLessThanOrEqual(this.#world.hasFlow ? windows.connection : maxUnread + chunk);
    if (this.#world.hasFlow) expect(Math.max(0, ...unread)).toBeLessThanOrEqual(windows.stream);
  }

  readAll(): boolean {
    const waiting = this.bodies.filter(({ unread }) => unread > 0);
    for (const body of waiting) body.read(body.unread);
    return waiting.length > 0;
  }
}

/** Everything goes on until nothing moves any more. */
function settle(ends: readonly [End, End]): void {
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const [i, end] of ends.entries()) {
      const peer = ends[1 - i]!;
      const moves = [end.drain(), end.flush(true), peer.deliver(end, 50), end.readAll()];
      isMoving ||= moves.includes(true);
    }
  }
}

/** What `to` has got is what `from` has sent, all of it. */
function checkDelivery(from: End, to: End): void {
  const arrived = [...to.received, ...to.bodies.filter(({ isFinished }) => isFinished).map(({ bytes }) => bytes)];
  const keys = arrived.map(keyOf).filter((key) => key !== undefined);
  expect(new Set(keys).size).toBe(keys.length);
  for (const bytes of [...arrived, ...to.bodies.map((body) => body.bytes)]) {
    const key = keyOf(bytes);
    if (key === undefined) continue;
    // No byte is out of place.
    expect(Buffer.compare(bytes, contentOf(key, bytes.length))).toBe(0);
    expect(bytes.length).toBeLessThanOrEqual(from.sent[key]!.length);
  }
  for (const bytes of arrived) {
    const key = keyOf(bytes);
    if (key !== undefined) expect([key, bytes.length]).toEqual([key, from.sent[key]!.length]);
  }
  // Whatever was not given up by either side has come.
  const expected = from.sent.filter(({ isComplete, isGivenUp }) => isComplete && !isGivenUp);
  const stopped = new Set(to.stopped.map(({ bytes }) => keyOf(bytes)));
  const missing = expected.filter(({ key, length }) => length >= 2 && !keys.includes(key) && !stopped.has(key));
  const nameless = to.stopped.filter(({ bytes }) => bytes.length < 2).length;
  expect(missing.length).toBeLessThanOrEqual(nameless);
  const short = (lengths: readonly number[]): number => lengths.filter((length) => length < 2).length;
  const lost = short(expected.map(({ length }) => length)) - short(arrived.map(({ length }) => length));
  expect(lost).toBeLessThanOrEqual(nameless);
}

/** Every byte that came has been granted again: the next grant says so exactly. */
function checkWindow(from: End, to: End, size: number): void {
  const before = to.granted;
  for (let i = 0; to.granted === before; i++) {
    expect(i).toBeLessThanOrEqual(size);
    from.dispatch(1);
    settle([from, to]);
  }
  expect(to.granted).toBe(from.dataSent + size);
}

function run(world: World, steps: readonly Step[], isClosed: boolean): void {
  const ends: [End, End] = [new End(world, 0), new End(world, 1)];
  for (const { action, side, pick, size } of steps) {
    const [end, peer] = side === 0 ? ends : [ends[1], ends[0]];
    const choose = <T>(list: readonly T[]): T | undefined => list[pick % Math.max(1, list.length)];
    const partial = choose(end.partial);
    const body = choose(end.arriving);
    if (action === 'dispatch') end.dispatch(size);
    else if (action === 'open') end.open();
    else if (action === 'flush') end.flush(pick % 2 === 0);
    else if (action === 'drain') end.drain();
    else if (action === 'deliver') end.deliver(peer, 1 + size);
    else if (action === 'write' && partial !== undefined) end.write(partial, size);
    else if (action === 'end' && partial !== undefined) end.finish(partial);
    else if (action === 'abort' && partial !== undefined) end.abort(partial);
    else if (action === 'read' && body !== undefined) body.read(1 + size);
    else if (action === 'stop' && body !== undefined) end.stop(body);
  }
  const [left, right] = ends;
  if (isClosed) {
    // What is not complete is given up; all the rest goes before the Close.
    left.protocol.close(1000);
    settle(ends);
    expect([left.protocol.isClosed, right.protocol.isClosed, right.peerClosed]).toEqual([true, true, true]);
    checkDelivery(left, right);
    return;
  }
  for (const end of ends) for (const entry of end.partial) end.finish(entry);
  settle(ends);
  expect(ends.map(({ protocol }) => protocol.outbound.bufferedAmount)).toEqual([0, 0]);
  checkDelivery(left, right);
  checkDelivery(right, left);
  if (!world.hasFlow) return;
  checkWindow(left, right, world.sides[1].windows.connection);
  checkWindow(right, left, world.sides[0].windows.connection);
}

interface Step {
  action: (typeof ACTIONS)[number];
  side: number;
  pick: number;
  size: number;
}

const ACTIONS = ['dispatch', 'open', 'write', 'end', 'abort', 'flush', 'drain', 'deliver', 'read', 'stop'] as const;

const side: fc.Arbitrary<Side> = fc.record({
  windows: fc.record({ stream: fc.integer({ min: 1, max: 120 }), connection: fc.integer({ min: 1, max: 300 }) }),
  triggerOnStart: fc.boolean(),
  maxUnread: fc.integer({ min: 1, max: 300 }),
});
const world: fc.Arbitrary<World> = fc.record({
  sides: fc.tuple(side, side),
  maxStreams: fc.integer({ min: 1, max: 4 }),
  chunkSize: fc.integer({ min: 1, max: 60 }),
  hasFlow: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.record({
  action: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('flush', 'deliver') },
    { weight: 5, arbitrary: fc.constantFrom(...ACTIONS) },
  ),
  side: fc.integer({ min: 0, max: 1 }),
  pick: fc.nat(50),
  size: fc.oneof(fc.nat(10), fc.nat(250)),
});

propertyTest(
  'whatever is sent arrives, unless it is given up, and every window is whole again',
  1500,
  fc.property(world, fc.array(step, { maxLength: 80 }), (chosen, steps) => run(chosen, steps, false)),
);

propertyTest(
  'a Close goes behind all that was handed over',
  500,
  fc.property(world, fc.array(step, { maxLength: 50 }), (chosen, steps) => run(chosen, steps, true)),
);
