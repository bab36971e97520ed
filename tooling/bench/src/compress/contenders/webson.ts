import { type CompressOptions, MessageType } from 'webson';
import type { RunningServer } from '../../harness/servers.js';
import { listenWebson } from '../../harness/webson.js';
import type { DeflateSettings } from '../cells.js';

/** webson, with all that can be set. */
export function start({ takeover, level, plain, ...rest }: DeflateSettings): Promise<RunningServer> {
  const options: CompressOptions = { contextTakeover: takeover, ...(level === undefined ? {} : { level }), ...rest };
  return listenWebson({ enableCompress: plain === true ? false : options }, (ws) => {
    ws.onMessage(MessageType.Text, (message, adapter) => {
      adapter.dispatch(message.type, message.read());
    });
  });
}
