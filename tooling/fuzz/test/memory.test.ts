import { nodePlatform, resolveOptions, type Transport, type TransportSink } from '@webson/connection';
import { expect, test } from 'vitest';
import { Connection } from 'webson';
import { usedMemory } from '../src/memory.js';
import { layOut, type WireFrame } from '../src/wire.js';

const MIB = 1024 * 1024;
const PLAIN = { fin: true, rsv: 0, streamId: 0, cancel: false, wrongMask: false, lie: 0 };

// A transport that takes everything and keeps nothing.
function connect(): { connection: Connection; sink: TransportSink } {
  let sink: TransportSink | undefined;
  const nothing = (): void => undefined;
  const transport: Transport = {
    start(given) {
      sink = given;
    },
    write: () => true,
    pause: nothing,
    resume: nothing,
    end: nothing,
    destroy: nothing,
  };
  const settings = resolveOptions({ pingInterval: 0, maxMessageSize: 64 * MIB });
  const negotiated = { protocol: '', extensions: [] };
  const connection = new Connection({ platform: nodePlatform, transport, settings, negotiated, isClient: false });
  connection.onMessage(1, (message) => connection.dispatch(1, message.text()));
  void connection.start();
  return { connection, sink: sink! };
}

function frames(list: (Partial<WireFrame> & { opcode: number; payload: Uint8Array })[]): Uint8Array {
  return layOut(
    list.map((frame) => ({ ...PLAIN, ...frame })),
    { masked: true },
  );
}

test('a connection that lives long holds no more for it', { timeout: 120_000 }, async () => {
  const { connection, sink } = connect();
  const text = Buffer.from('déjà vu '.repeat(5));
  const turn = frames([
    { opcode: 1, payload: text },
    { opcode: 1, payload: text.subarray(0, 7), fin: false },
    { opcode: 9, payload: text },
    { opcode: 0, payload: text.subarray(7) },
    { opcode: 10, payload: text },
  ]);
  const chat = async (turns: number): Promise<void> => {
    for (let i = 0; i < turns; i++) {
      // More than one turn of the event loop may have is kept.
      if (i % 100 === 0) await new Promise(setImmediate);
      // Cut somewhere else every time; the connection owns what it is given.
      const cut = i % turn.length;
      sink.onData(turn.slice(0, cut));
      sink.onData(turn.slice(cut));
    }
  };
  await chat(2000);
  const before = await usedMemory();
  await chat(40_000);
  await new Promise(setImmediate);
  expect((await usedMemory()) - before).toBeLessThan(2 * MIB);
  expect(connection.bufferedAmount).toBe(0);
  sink.onClose();
});

test('empty fragments and tiny chunks cost nothing but their bytes', { timeout: 120_000 }, async () => {
  const { sink } = connect();
  const before = await usedMemory();
  sink.onData(frames([{ opcode: 2, payload: new Uint8Array(0), fin: false }]));
  const empty = frames([{ opcode: 0, payload: new Uint8Array(0), fin: false }]);
  const tiny = frames([{ opcode: 0, payload: Uint8Array.of(7), fin: false }]);
  for (let i = 0; i < 50_000; i++) {
    // More than one turn of the event loop may have is kept.
    if (i % 50 === 0) await new Promise(setImmediate);
    sink.onData(empty.slice());
    for (const byte of tiny) sink.onData(Uint8Array.of(byte));
  }
  expect((await usedMemory()) - before).toBeLessThan(MIB);
  sink.onClose();
});

test('a frame that announces much and sends little costs a bounded amount', { timeout: 120_000 }, async () => {
  const before = await usedMemory();
  const count = 50;
  const sinks: TransportSink[] = [];
  for (let i = 0; i < count; i++) {
    const { sink } = connect();
    sinks.push(sink);
    sink.onData(frames([{ opcode: 2, payload: Uint8Array.of(1, 2, 3), lie: 60 * MIB }]));
  }
  const used = (await usedMemory()) - before;
  // 60 MiB announced by each, a twentieth of it set aside.
  expect(used).toBeLessThan(count * 3 * MIB);
  for (const sink of sinks) sink.onClose();
  sinks.length = 0;
  expect((await usedMemory()) - before).toBeLessThan(4 * MIB);
});
