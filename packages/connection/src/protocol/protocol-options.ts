import { MAX_STREAM_ID } from '@webson/frame';
import { FLOW_OPCODE } from './contract/flow-entry.js';
import type { GoDialect } from './contract/go-dialect.js';
import type { MessageCodec } from './contract/message-codec.js';
import type { StreamAgreement } from './contract/stream-agreement.js';
import type { ReceiverOptions } from './inbound/receiver-options.js';
import type { SharedSettings } from './mismatch.js';

/** What two endpoints have agreed on, and the limits this one keeps. */
export interface ProtocolOptions extends SharedSettings {
  isClient: boolean;
  /** Bytes of one frame. */
  maxPayloadSize: number;
  /** Bytes of one complete message, after inflation. */
  maxMessageSize: number;
  /** Frames of one message. */
  maxFragments: number;
  /** Bytes of payload in one frame of a message that is sent piece by piece. */
  chunkSize: number;
  /** Opcodes accepted beside the standard ones. */
  opcodes?: readonly number[];
  codec?: MessageCodec | undefined;
  privateMask?: Uint8Array | undefined;
  /** A server masks too. */
  alwaysMask?: boolean | undefined;
  /** Messages are handed over as they arrive. */
  triggerOnStart: boolean;
  /** Bytes unread at which reading pauses, without flow control. */
  maxUnread: number;
  /** Set when streams are negotiated. */
  streams?: StreamAgreement | undefined;
  /** Set towards a Go peer. */
  go?: GoDialect | undefined;
}

// Connections that share the options of their protocols share these, too.
const receiverOptions = new WeakMap<ProtocolOptions, ReceiverOptions>();

/** What the receiver of an endpoint with these options accepts. */
export function receiverOptionsOf(options: ProtocolOptions): ReceiverOptions {
  const known = receiverOptions.get(options);
  if (known !== undefined) return known;
  const { codec, privateMask, streams, opcodes = [], go } = options;
  const made: ReceiverOptions = {
    masking: maskingOf(options),
    opcodes: streams?.flow === undefined ? opcodes : [...opcodes, FLOW_OPCODE],
    streams: streams !== undefined,
    // A Go peer counts to a number of its own, whatever was agreed on.
    maxStreams: go !== undefined && streams !== undefined ? MAX_STREAM_ID : (streams?.maxStreams ?? 1),
    repeatsOpcode: go !== undefined,
    triggerOnStart: options.triggerOnStart,
    maxPayloadSize: options.maxPayloadSize,
    maxMessageSize: options.maxMessageSize,
    maxFragments: options.maxFragments,
    codec,
    ...(privateMask === undefined ? {} : { privateMask }),
  };
  receiverOptions.set(options, made);
  return made;
}

function maskingOf({ isClient, alwaysMask, go }: ProtocolOptions): 'required' | 'forbidden' | 'optional' {
  if (!isClient) return 'required';
  // A Go peer knows no such option as `alwaysMask`, and as a client takes both.
  if (go !== undefined) return 'optional';
  return alwaysMask === true ? 'required' : 'forbidden';
}
