import type { Negotiated } from '@webson/handshake';
import type { Settings } from './options/options.js';
import type { GoDialect } from './protocol/contract/go-dialect.js';
import type { MessageCodec } from './protocol/contract/message-codec.js';
import type { Platform } from './protocol/contract/platform.js';
import type { StreamAgreement } from './protocol/contract/stream-agreement.js';
import type { Transport } from './transport.js';

/** What an opening handshake leads to. */
export interface Opened {
  readonly transport: Transport;
  readonly negotiated: Negotiated;
  /** Set when compression is agreed. */
  readonly codec?: MessageCodec | undefined;
  /** Set when streams are agreed. */
  readonly streams?: StreamAgreement | undefined;
  /** Set towards a Go peer: that the settings want it is not enough. */
  readonly go?: GoDialect | undefined;
}

/** What a connection is made of. */
export interface ConnectionParts extends Opened {
  readonly platform: Platform;
  readonly settings: Settings;
  readonly isClient: boolean;
  readonly url?: string | undefined;
  /** A client: dials once more. */
  readonly redial?: () => Promise<Opened>;
}
