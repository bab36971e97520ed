import * as ws from 'ws';
import type { Limits, Outcome, WireEvent } from './naive-endpoint.js';

/** What ws makes of a byte stream. */
export interface WsObservation {
  readonly events: readonly WireEvent[];
  readonly outcome: Outcome;
}

interface ReceiverOptions {
  isServer: boolean;
  maxPayload: number;
  maxFragments: number;
}

/** The part of ws that reads; it is exported, but not in @types/ws. */
interface WsReceiver {
  on(event: 'message', action: (data: Buffer, isBinary: boolean) => void): this;
  on(event: 'ping' | 'pong', action: (data: Buffer) => void): this;
  on(event: 'conclude', action: (code: number, reason: Buffer) => void): this;
  _write(chunk: Buffer, encoding: string, done: (error?: Error | null) => void): void;
}

const { Receiver } = ws as unknown as { Receiver: new (options: ReceiverOptions) => WsReceiver };

/** Feeds the chunks to a receiver of ws. The chunks are its own from now on. */
export function driveWs(chunks: readonly Uint8Array[], isClient: boolean, limits: Limits): WsObservation {
  const events: WireEvent[] = [];
  let outcome: Outcome = { kind: 'open' };
  const receiver = new Receiver({
    isServer: !isClient,
    maxPayload: limits.maxMessageSize,
    maxFragments: limits.maxFragments,
  });
  receiver.on('message', (payload, isBinary) => events.push({ type: isBinary ? 2 : 1, payload }));
  receiver.on('ping', (payload) => events.push({ type: 9, payload }));
  receiver.on('pong', (payload) => events.push({ type: 10, payload }));
  receiver.on('conclude', (code, reason) => {
    const head = code === 1005 ? [] : [code >>> 8, code & 0xff];
    events.push({ type: 8, payload: Buffer.concat([Uint8Array.from(head), reason]) });
    outcome = { kind: 'closed', code, reason: reason.toString('utf8') };
  });
  for (const chunk of chunks) {
    if (outcome.kind !== 'open') break;
    // What the stream around it calls, without a turn of the event loop for each case.
    receiver._write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length), 'buffer', (error) => {
      if (error !== undefined && error !== null) outcome = { kind: 'failed', code: closeCodeOf(error) };
    });
  }
  return { events, outcome };
}

function closeCodeOf(error: Error): number {
  const symbol = Object.getOwnPropertySymbols(error).find(({ description }) => description === 'status-code');
  return symbol === undefined ? 1006 : ((error as unknown as Record<symbol, number>)[symbol] ?? 1006);
}
