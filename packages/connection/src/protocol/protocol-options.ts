import { MAX_STREAM_ID } from '@webson/frame';
import { FLOW_OPCODE } from './contract/flow-entry.js';
import type { GoDialect } from './contract/go-dialect.js';
import type { MessageCodec } from './contract/message-codec.js';
import type { SharedSettings } from './contract/shared-settings.js';
import type { StreamAgreement } from './contract/stream-agreement.js';
import type { ReceiverOptions } from './inbound/receiver-options.js';

/** The agreements between two endpoints, and the limits of this one. */
export interface ProtocolOptions extends SharedSettings {
  isClient: boolean;
  /** Most payload bytes of one frame. */
  maxPayloadSize: number;
  /** Most bytes of one complete message, after inflation. */
  maxMessageSize: number;
  /** Most frames of one message. */
  maxFragments: number;
  /** Most payload bytes in one frame of a message that is sent piece by piece. */
  chunkSize: number;
  /** The opcodes that are accepted in addition to the standard ones. */
  opcodes?: readonly number[];
  codec?: MessageCodec | undefined;
  privateMask?: Uint8Array | undefined;
  /** True when a server masks its frames, too. */
  alwaysMask?: boolean | undefined;
  /** True when no side masks its frames, because they travel inside the messages of another WebSocket. */
  isUnmasked?: boolean | undefined;
  /** True when messages are handed over as they arrive. */
  triggerOnStart: boolean;
  /** The number of unread bytes at which reading pauses when there is no flow control. */
  maxUnread: number;
  /** Set when streams are negotiated. */
  streams?: StreamAgreement | undefined;
  /** Set towards a Go peer. */
  go?: GoDialect | undefined;
}

// One object for all connections that share their protocol options.
const receiverOptions = new WeakMap<ProtocolOptions, ReceiverOptions>();

/** Returns the options of the receiver of an endpoint with these options. */
export function receiverOptionsOf(options: ProtocolOptions): ReceiverOptions {
  const known = receiverOptions.get(options);
  if (known !== undefined) return known;
  const { codec, privateMask, streams, opcodes = [], go } = options;
  const made: ReceiverOptions = {
    masking: maskingOf(options),
    opcodes: streams?.flow === undefined ? opcodes : [...opcodes, FLOW_OPCODE],
    streams: streams !== undefined,
    // A Go peer has a limit of its own, which may exceed the number that was agreed on.
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

function maskingOf({ isClient, alwaysMask, isUnmasked, go }: ProtocolOptions): 'required' | 'forbidden' | 'optional' {
  if (isUnmasked === true) return 'forbidden';
  if (!isClient) return 'required';
  // The Go kit has no option like `alwaysMask`, so a client accepts masked and unmasked frames from it.
  if (go !== undefined) return 'optional';
  return alwaysMask === true ? 'required' : 'forbidden';
}
