import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Contestant } from '../contestant.js';
import { type Masking, maskWith } from './masking.js';

interface WsParts {
  Receiver: new (options: object) => Duplex;
  Sender: new (socket: object) => { send(data: Buffer, options: object): void };
}

const require = createRequire(import.meta.url);
const parts = require('ws') as WsParts;

/** The classes of `ws`, driven as its WebSocket drives them. */
export const ws: Contestant = {
  name: 'ws',
  decode({ masked, chunks, refill }) {
    const receiver = new parts.Receiver({ isServer: masked, allowSynchronousEvents: true, maxPayload: 104857600 });
    receiver.on('error', (error) => {
      throw error;
    });
    return {
      begin: refill,
      run(take) {
        receiver.removeAllListeners('message').on('message', take);
        for (const chunk of chunks) receiver.write(chunk);
      },
    };
  },
  encode({ masked, payloads }) {
    return {
      run(take) {
        const sender = new parts.Sender({ cork() {}, uncork() {}, write: take });
        for (const payload of payloads) {
          sender.send(payload, { binary: true, compress: false, fin: true, mask: masked });
        }
      },
    };
  },
  mask: maskWith(require(join(dirname(require.resolve('ws')), 'lib', 'buffer-util.js')) as Masking),
};
