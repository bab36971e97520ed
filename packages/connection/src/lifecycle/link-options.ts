import type { Settings } from '../options/options.js';
import type { ProtocolOptions } from '../protocol/protocol-options.js';
import type { AdmissionOptions } from '../reading/admission.js';

/** The options of a {@link Link}. */
export interface LinkOptions extends ProtocolOptions, AdmissionOptions {
  /** Milliseconds from the beginning of the closing to the end of the transport at the latest. */
  closeTimeout: number;
  /** Milliseconds within which a part of an unfinished message has to arrive on each stream. */
  streamIdleTimeout: number;
}

/** The options that can differ between connections with the same settings. */
type OwnOptions = Required<Pick<LinkOptions, 'isClient' | 'isUnmasked' | 'opcodes' | 'codec' | 'streams' | 'go'>>;

// Connections that do not differ, as most of a server's, share one object per settings and role.
const sharedOptions = { client: new WeakMap<Settings, LinkOptions>(), server: new WeakMap<Settings, LinkOptions>() };

/** The options of a link, one object for all connections that do not differ. */
export function linkOptions(settings: Settings, own: OwnOptions): LinkOptions {
  if ((own.codec ?? own.streams ?? own.go ?? own.isUnmasked) !== undefined || own.opcodes.length > 0)
    return join(settings, own);
  const shared = own.isClient ? sharedOptions.client : sharedOptions.server;
  let options = shared.get(settings);
  if (options === undefined) {
    options = join(settings, own);
    shared.set(settings, options);
  }
  return options;
}

function join(settings: Settings, own: OwnOptions): LinkOptions {
  return { ...settings, maxUnread: settings.connectionWindow, ...own };
}
