import type { RunningServer } from '../../harness/servers.js';
import { listenWs } from '../../harness/ws.js';
import type { DeflateSettings } from '../cells.js';

/** `ws` as its README has it: what the client asks for about takeover holds, the rest is the default. */
export function start({ level, plain, memLevel, threshold }: DeflateSettings): Promise<RunningServer> {
  const zlibDeflateOptions = {
    ...(level === undefined ? {} : { level }),
    ...(memLevel === undefined ? {} : { memLevel }),
  };
  const perMessageDeflate =
    plain === true ? false : { zlibDeflateOptions, ...(threshold === undefined ? {} : { threshold }) };
  return listenWs({ perMessageDeflate }, (ws) => {
    ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
}
