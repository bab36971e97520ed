import type { Role } from '@webson/compress';
import { type Agreement, type ExtensionSupport, settingsOf } from '@webson/handshake';
import type { Opened } from '../connection.js';
import type { ConnectionOptions, Settings } from '../options.js';
import { streamSupport } from '../protocol/stream-extension.js';
import { compressionOf } from './compression.js';

/** The extensions of one endpoint. */
export interface Extensions {
  /** What to negotiate, in the order it has on the wire. */
  readonly supports: readonly ExtensionSupport[];
  /** What a connection works with after that. */
  use(agreements: readonly Agreement[]): Pick<Opened, 'codec' | 'streams'>;
}

/** The extensions that the options want. @throws ConfigError when an option of theirs is wrong. */
export function extensionsOf(options: ConnectionOptions, settings: Settings, role: Role): Extensions {
  const compression = compressionOf(options, role);
  const streams = settings.streams && streamSupport(settings.streams);
  return {
    supports: [compression?.support, streams].filter((support) => support !== undefined) as ExtensionSupport[],
    use(agreements) {
      const deflate = compression && settingsOf(agreements, compression.support);
      return {
        codec: deflate && compression?.codec(deflate),
        streams: streams && settingsOf(agreements, streams),
      };
    },
  };
}
