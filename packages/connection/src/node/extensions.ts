import type { Role } from '@webson/compress';
import { type Agreement, type ExtensionSupport, type HeaderMap, settingsOf } from '@webson/handshake';
import type { Opened } from '../connection.js';
import type { ConnectionOptions, Settings } from '../options.js';
import { agreeOnStreams, STREAMS_FIELD } from '../protocol/go/streams.js';
import { streamSupport } from '../protocol/stream-extension.js';
import { compressionOf } from './compression.js';

/** The extensions of one endpoint. */
export interface Extensions {
  /** What to negotiate, in the order it has on the wire. */
  readonly supports: readonly ExtensionSupport[];
  /** Header fields of a request that ask for what is not negotiated as an extension. */
  readonly requestFields: Readonly<Record<string, string>>;
  /**
   * What a connection works with after that.
   *
   * @param headers of the request on a server, of the answer on a client.
   * @throws HandshakeFailure when they ask for what cannot be.
   */
  use(agreements: readonly Agreement[], headers: HeaderMap): Pick<Opened, 'codec' | 'streams'>;
  /** Header fields of the answer that say what was agreed beside the extensions. */
  answerFields(used: Pick<Opened, 'streams'>): Readonly<Record<string, string>>;
}

/** The extensions that the options want. @throws ConfigError when an option of theirs is wrong. */
export function extensionsOf(options: ConnectionOptions, settings: Settings, role: Role): Extensions {
  const { streams: wanted, go } = settings;
  const compression = compressionOf(options, role);
  const streams = go === undefined && wanted !== undefined ? streamSupport(wanted) : undefined;
  const goStreams = go === undefined ? undefined : wanted?.maxStreams;
  return {
    supports: [compression?.support, streams].filter((support) => support !== undefined) as ExtensionSupport[],
    requestFields: goStreams === undefined ? {} : { [STREAMS_FIELD]: String(goStreams) },
    use(agreements, headers) {
      const deflate = compression && settingsOf(agreements, compression.support);
      const extension = streams && settingsOf(agreements, streams);
      return {
        streams: goStreams === undefined ? extension : agreeOnStreams(goStreams, headers.get(STREAMS_FIELD)),
        codec: deflate && compression?.codec(deflate),
      };
    },
    answerFields({ streams: used }) {
      return goStreams === undefined || used === undefined ? {} : { [STREAMS_FIELD]: String(used.maxStreams) };
    },
  };
}
