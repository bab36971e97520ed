import type { FlowEntry, FlowWindows } from './flow-entry.js';
import type { InboundFlow, InboundFlowEvents } from './inbound-flow.js';
import type { OutboundWindow, SharedOutboundWindow } from './window.js';

/** What an endpoint offers or allows. */
export interface StreamSettings {
  /** Open streams per direction, 1 to 32767. */
  readonly maxStreams: number;
  /** None: no flow control. */
  readonly windows: FlowWindows | undefined;
}

/** The flow control that both sides have agreed on. */
export interface FlowControl {
  /** What this side may send at first. */
  readonly send: FlowWindows;
  /** What this side allows. */
  readonly receive: FlowWindows;
  /** Keeps a message to so many bytes at first. */
  sendWindow(limit: number): OutboundWindow;
  /** Keeps all messages together to so many bytes at first. */
  sharedWindow(limit: number): SharedOutboundWindow;
  /** Keeps the peer to `receive`. */
  inbound(events: InboundFlowEvents): InboundFlow;
  /** The payloads of as many FLOW frames as the entries take. */
  encode(entries: readonly FlowEntry[]): Iterable<Uint8Array>;
  /** The entries of a FLOW frame's payload. @throws ProtocolError 1002 when it is malformed. */
  decode(payload: Uint8Array): FlowEntry[];
}

/** What both sides have agreed on. */
export interface StreamAgreement {
  /** Open streams per direction. */
  readonly maxStreams: number;
  /** Flow control, if both sides want it. */
  readonly flow: FlowControl | undefined;
}
