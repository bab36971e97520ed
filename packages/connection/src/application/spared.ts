import {
  ClosedError,
  MessageCancelledError,
  MessageTooLargeError,
  ProtocolError,
} from '../protocol/contract/errors.js';
import { isA } from './thrown.js';

const CAUSED_BY_PEER = [ClosedError, MessageCancelledError, MessageTooLargeError, ProtocolError];

/**
 * A promise with the same outcome, whose rejection does not count as unhandled when the peer has caused it, by leaving or by
 * giving up a message. Any other rejection that nobody handles reaches the process as usual.
 */
export function spared<T>(promise: Promise<T>): Promise<T> {
  const outcome = new Promise<T>((resolve, reject) => {
    promise.then(resolve, (error: unknown) => {
      if (CAUSED_BY_PEER.some((kind) => isA<Error>(error, kind))) outcome.catch(() => {});
      reject(error);
    });
  });
  return outcome;
}
