import {
  ClosedError,
  MessageCancelledError,
  MessageTooLargeError,
  ProtocolError,
} from '../protocol/contract/errors.js';
import { isA } from './thrown.js';

const PEERS_DOING = [ClosedError, MessageCancelledError, MessageTooLargeError, ProtocolError];

/**
 * The same promise as far as one can see; but when it rejects because of the peer, who left or gave a message up, and nobody
 * looks at it, the process does not hear of it. Any other rejection that nobody looks at does reach the process.
 */
export function spared<T>(promise: Promise<T>): Promise<T> {
  const outcome = new Promise<T>((resolve, reject) => {
    promise.then(resolve, (error: unknown) => {
      if (PEERS_DOING.some((kind) => isA<Error>(error, kind))) outcome.catch(() => {});
      reject(error);
    });
  });
  return outcome;
}
