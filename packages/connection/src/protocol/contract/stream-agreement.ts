import type { FlowEntry, FlowWindows } from './flow-entry.js';
import type { InboundFlow, InboundFlowEvents } from './inbound-flow.js';
import type { OutboundWindow, SharedOutboundWindow } from './window.js';

/** The stream settings that an endpoint offers or allows. */
export interface StreamSettings {
  /** Most open streams per direction, 1 to 32767. */
  readonly maxStreams: number;
  /** The windows that this endpoint allows; undefined for no flow control. */
  readonly windows: FlowWindows | undefined;
}

/** The flow control that both sides have agreed on. */
export interface FlowControl {
  /** The windows in which this side may send at first. */
  readonly send: FlowWindows;
  /** The windows that this side allows. */
  readonly receive: FlowWindows;
  /** Most bytes that the peer is ever allowed to send beyond those that were read. */
  readonly mostUnread: number;
  /** Creates the window of a message to send. @param limit bytes allowed at first. */
  sendWindow(limit: number): OutboundWindow;
  /** Creates the window of all messages to send together. @param limit bytes allowed at first. */
  sharedWindow(limit: number): SharedOutboundWindow;
  /** Creates the inbound flow that holds the peer to `receive`. */
  inbound(events: InboundFlowEvents): InboundFlow;
  /** Encodes entries as the payloads of one or more FLOW frames. */
  encode(entries: readonly FlowEntry[]): Iterable<Uint8Array>;
  /** Decodes the payload of a FLOW frame. @throws ProtocolError 1002 when it is malformed. */
  decode(payload: Uint8Array): FlowEntry[];
}

/** The stream settings that both sides have agreed on. */
export interface StreamAgreement {
  /** Most open streams per direction. */
  readonly maxStreams: number;
  /** The flow control; undefined unless both sides want it. */
  readonly flow: FlowControl | undefined;
}
