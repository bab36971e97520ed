import type { Role } from '@webson/compress';
import { type Agreement, type ExtensionSupport, type HeaderMap, settingsOf } from '@webson/handshake';
import { isThenable } from '../application/thenable.js';
import type { Opened } from '../connection-parts.js';
import type { ConnectionOptions, Settings } from '../options/options.js';
import type * as goModule from '../protocol/go/dialect.js';
import type * as streamModule from '../protocol/negotiated/stream-extension.js';
import { atEndOfTurn } from '../time/clock.js';
import type * as compressionModule from './compression.js';
import { OptionalPart } from './optional-part.js';
import { wrongCompression } from './wrong-compression.js';

/** The extensions that one endpoint supports. */
export interface Extensions {
  /** The extensions to negotiate, in their order in the header field (RFC 6455 §9.1). */
  readonly supports: readonly ExtensionSupport[];
  /** Header fields of a request for features that are not negotiated as an extension: streams with a Go peer. */
  readonly requestFields: Readonly<Record<string, string>>;
  /**
   * Creates what a connection needs for the extensions that were agreed.
   *
   * @param headers those of the request on a server, of the answer on a client.
   * @throws HandshakeFailure when the header fields contain a wrong value.
   */
  use(agreements: readonly Agreement[], headers: HeaderMap): Pick<Opened, 'codec' | 'streams' | 'go'>;
  /** What the inner protocol needs, which browsers speak; undefined unless streams are enabled. */
  readonly inner: InnerSupport | undefined;
  /** Header fields of the answer for the features that are not negotiated as an extension. */
  answerFields(used: Pick<Opened, 'streams'>): Readonly<Record<string, string>>;
}

/** The stream settings of an endpoint as the inner protocol tells them. */
export interface InnerSupport {
  /** The parameters of this endpoint as text. */
  readonly parameters: string;
  /** What follows from those of the peer. @throws HandshakeFailure when they are malformed. */
  agree(peerParameters: string): streamModule.InnerAgreement;
}

const compressionPart = new OptionalPart('enableCompress', () => import('./compression.js'));
const streamPart = new OptionalPart('enableStreams', () => import('../protocol/negotiated/stream-extension.js'));
const goPart = new OptionalPart('dialect', () => import('../protocol/go/dialect.js'));

/** The modules that the options ask for. */
type Parts = readonly [
  compression: typeof compressionModule | undefined,
  streams: typeof streamModule | undefined,
  go: typeof goModule | undefined,
];

/**
 * The extensions that the options enable. The result is a promise when their code has to be loaded first, which rejects with
 * WebsonError `LOAD_FAILED` when that fails.
 *
 * @throws ConfigError when one of their options is wrong; a promise rejects with it.
 */
export function extensionsOf(
  options: ConnectionOptions,
  settings: Settings,
  role: Role,
): Extensions | Promise<Extensions> {
  const { enableCompress = false } = options;
  const { streams, goSettings: go } = settings;
  const parts = [
    enableCompress === false ? undefined : compressionPart.get(),
    // With a Go peer streams are agreed on by a header field, not as an extension.
    streams === undefined || go !== undefined ? undefined : streamPart.get(),
    go === undefined ? undefined : goPart.get(),
  ] as const;
  if (parts.some(isThenable)) {
    return Promise.all(parts).then((loaded) => extensionsWith(loaded, options, settings, role));
  }
  return extensionsWith(parts as Parts, options, settings, role);
}

function extensionsWith(
  [compressionModule, streamModule, goModule]: Parts,
  options: ConnectionOptions,
  settings: Settings,
  role: Role,
): Extensions {
  const { streams: wanted, goSettings } = settings;
  const environment = { maxUnread: settings.connectionWindow, later: atEndOfTurn };
  const compression = compressionModule && compressionWith(compressionModule, options, role, environment);
  const streams = wanted && streamModule?.streamSupport(wanted);
  const go = goSettings && goModule?.goDialect(goSettings);
  const goFields = (maxStreams: number | undefined): Record<string, string> => {
    return goModule === undefined || maxStreams === undefined ? {} : { [goModule.STREAMS_FIELD]: String(maxStreams) };
  };
  return {
    supports: [compression?.support, streams].filter((support) => support !== undefined) as ExtensionSupport[],
    requestFields: goFields(wanted?.maxStreams),
    use(agreements, headers) {
      const deflate = compression && settingsOf(agreements, compression.support);
      const extension = streams && settingsOf(agreements, streams);
      return {
        streams:
          goModule !== undefined && wanted !== undefined
            ? goModule.agreeOnStreams(wanted.maxStreams, headers.get(goModule.STREAMS_FIELD))
            : extension,
        codec: deflate && compression?.codec(deflate),
        go,
      };
    },
    inner: wanted &&
      streamModule && {
        parameters: streamModule.streamParameters(wanted),
        agree: (text) => streamModule.agreeOnParameters(wanted, text),
      },
    answerFields: ({ streams: used }) => goFields(used?.maxStreams),
  };
}

function compressionWith(
  { compressionOf, COMPRESS_KINDS }: typeof compressionModule,
  ...given: Parameters<typeof compressionModule.compressionOf>
): compressionModule.Compression {
  try {
    return compressionOf(...given);
  } catch (error) {
    throw wrongCompression(error, COMPRESS_KINDS);
  }
}
