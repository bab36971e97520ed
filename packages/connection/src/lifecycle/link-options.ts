import type { Settings } from '../options/options.js';
import type { LinkOptions } from './link.js';

/** What differs from one connection with the same settings to another. */
type OwnOptions = Required<Pick<LinkOptions, 'isClient' | 'opcodes' | 'codec' | 'streams' | 'go'>>;

// Most connections of a server differ in nothing: they share one object, by their settings and role.
const sharedOptions = { client: new WeakMap<Settings, LinkOptions>(), server: new WeakMap<Settings, LinkOptions>() };

/** What a link needs to know. */
export function linkOptions(settings: Settings, own: OwnOptions): LinkOptions {
  if ((own.codec ?? own.streams ?? own.go) !== undefined || own.opcodes.length > 0) return join(settings, own);
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
