import { Deflater, Inflater, inbound, offerDeflate, outbound, resolveCompressOptions } from '@webson/compress';
import {
  Connection,
  type ConnectionParts,
  createTransportPair,
  nodePlatform,
  resolveOptions,
  type Settings,
  type Transport,
  type TransportSink,
} from '@webson/connection';
import { pooled } from '@webson/connection/internal';
import { Pool } from '@webson/pool';
import { FakeClock, misbehave, RecordingSink, transportCompliance } from '@webson/testing';
import { TcpProxy } from '@webson/testing/tcp';

export class Wrapped implements Transport {
  readonly #inner: Transport;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  start(sink: TransportSink): void {
    this.#inner.start(sink);
  }

  write(parts: readonly Uint8Array[]): boolean {
    return this.#inner.write(parts);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }
}

export function connections(): readonly Connection[] {
  const settings: Settings = resolveOptions({});
  return createTransportPair().map((transport, i) => {
    const parts: ConnectionParts = {
      transport: new Wrapped(transport),
      isClient: i === 0,
      platform: nodePlatform,
      settings,
      negotiated: { protocol: '', extensions: [] },
    };
    return new Connection(parts);
  });
}

export function deflate(payload: Uint8Array): Uint8Array {
  const options = resolveCompressOptions({ level: 3 });
  const agreement = { serverNoContextTakeover: true, clientNoContextTakeover: true };
  console.log(offerDeflate(options).length, Object.keys(agreement), inbound, outbound, Deflater, Inflater);
  return payload;
}

export const tools: readonly unknown[] = [
  FakeClock,
  misbehave,
  RecordingSink,
  transportCompliance,
  TcpProxy,
  Pool,
  pooled,
];
