import { warnOnce } from '../application/warnings.js';
import type { Platform } from '../protocol/contract/platform.js';
import { MessageType } from '../status.js';

/** What the types are called in a program. */
const NAMES: Readonly<Record<number, string>> = {
  [MessageType.Text]: 'MessageType.Text',
  [MessageType.Binary]: 'MessageType.Binary',
};

/** Warns that messages of a type come for which a connection has no handler, once for each type. */
export function warnUnhandled(platform: Platform, type: number, isClient: boolean): void {
  warnOnce(platform, 'WEBSON_UNHANDLED_MESSAGE', String(type), () => {
    const name = NAMES[type] ?? String(type);
    const side = isClient ? 'client' : 'server';
    return {
      message: `A message of type ${name} came on a connection of a ${side} that has no handler for it, and was dropped: onMessage(${name}, …) is to set one. If they are to be dropped, an empty handler silences this: onMessage(${name}, () => {}).`,
    };
  });
}
