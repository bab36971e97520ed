import { CloseCode } from '@webson/frame';
import { ProtocolError } from './errors.js';
import type { FlowEntry, FlowWindows } from './flow-entry.js';
import type { InboundFlow, InboundFlowEvents } from './inbound-flow.js';
import type { MessageInProgress } from './message-table.js';
import { ReceiveWindow } from './window.js';

/** With flow control: tells the peer how much more it may send. */
export class WindowedFlow implements InboundFlow {
  readonly #windows: FlowWindows;
  readonly #connection: ReceiveWindow;
  readonly #events: InboundFlowEvents;
  // By stream, so that a grant replaces the one before it that has not been sent.
  readonly #grants = new Map<number, FlowEntry>();
  readonly #stops = new Map<number, FlowEntry>();

  /** @param windows what this side allows. */
  constructor(windows: FlowWindows, events: InboundFlowEvents) {
    this.#windows = windows;
    this.#connection = new ReceiveWindow(windows.connection);
    this.#events = events;
  }

  get hasEntries(): boolean {
    return this.#grants.size > 0 || this.#stops.size > 0;
  }

  get isShut(): boolean {
    return this.#connection.available === 0;
  }

  open(): ReceiveWindow {
    return new ReceiveWindow(this.#windows.stream);
  }

  announce(window: ReceiveWindow | undefined, bytes: number): void {
    if (window?.receive(bytes) === false || this.#connection.receive(bytes) === false) {
      throw exceeded();
    }
  }

  announceWhole(bytes: number): void {
    if (bytes > this.#windows.stream || this.#connection.receive(bytes) === false) {
      throw exceeded();
    }
    this.#grantConnection(bytes);
  }

  // What is unread shows in the windows.

  arrived(): void {}
  consumed(): void {}

  release(message: MessageInProgress | undefined, bytes: number): void {
    if (message?.window !== undefined) {
      const limit = message.window.consume(bytes);
      if (limit !== undefined) this.#grant(message.streamId, message.openNumber, limit);
    }
    this.#grantConnection(bytes);
  }

  stop({ streamId, openNumber }: MessageInProgress): void {
    this.#stops.set(streamId, { isStop: true, streamId, openNumber, value: 0 });
    this.#events.onGrant();
  }

  end(message: MessageInProgress): void {
    this.#grants.delete(message.streamId);
    this.#stops.delete(message.streamId);
  }

  take(): FlowEntry[] {
    const entries = [...this.#grants.values(), ...this.#stops.values()];
    this.#grants.clear();
    this.#stops.clear();
    return entries;
  }

  #grantConnection(bytes: number): void {
    const limit = this.#connection.consume(bytes);
    if (limit !== undefined) this.#grant(0, 0, limit);
  }

  #grant(streamId: number, openNumber: number, value: number): void {
    this.#grants.set(streamId, { isStop: false, streamId, openNumber, value });
    this.#events.onGrant();
  }
}

function exceeded(): ProtocolError {
  const message = 'more bytes than streamWindow or connectionWindow allow';
  return new ProtocolError('WINDOW_EXCEEDED', CloseCode.PolicyViolation, message);
}
