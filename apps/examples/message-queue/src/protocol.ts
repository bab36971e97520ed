import type { ConnectionOptions } from 'webson';

/**
 * The message types of the queue. The first four are data. Replies are control messages: they never wait behind large
 * messages. Every request is answered by one reply, in the order of the requests.
 */
export const Type = {
  /** Client: a topic to listen to. */
  Subscribe: 3,
  /** Client: a topic to listen to no more. */
  Unsubscribe: 4,
  /** Client: a message for the listeners of its topic. */
  Publish: 5,
  /** Server: the same message, byte for byte. */
  Message: 6,
  /** Server: the request was carried out; for a Publish, how many listeners it was sent to, in digits. */
  Done: 11,
  /** Server: the request was not carried out; why, for people. */
  Refused: 12,
} as const;

/** Bytes of a message without its topic, at most. */
export const MAX_BODY: number = 64 * 1024;

/**
 * Connection options of both sides. With `synchronize` nothing is read on while a handler waits, pings neither: a pong may
 * take longer than what a listener may keep publishers waiting.
 */
export const wireOptions: ConnectionOptions = {
  maxMessageSize: 1 + 64 + MAX_BODY,
  synchronize: true,
  pingInterval: 5000,
  timeout: { pong: 10_000, close: 2000 },
};

/** A message of the queue. */
export interface QueueMessage {
  readonly topic: string;
  readonly body: Uint8Array;
}

/** A request, or what is in it, is not as it should be. The message is for the peer: at most 125 bytes. */
export class QueueError extends Error {
  override readonly name: string = 'QueueError';
}

/** Returns the topic. @throws QueueError when it is none. */
export function checkTopic(topic: string): string {
  if (/^[\w./-]{1,64}$/.test(topic)) return topic;
  throw new QueueError('a topic is 1 to 64 letters, digits and _ . / -');
}

/** The length of the topic in one byte, the topic, the body. @throws QueueError when either is wrong. */
export function encodeMessage(topic: string, body: string | Uint8Array): Uint8Array {
  const head = Buffer.from(`_${checkTopic(topic)}`);
  head[0] = topic.length;
  const message = Buffer.concat([head, Buffer.from(body)]);
  if (message.length > head.length + MAX_BODY) throw new QueueError(`a message has at most ${MAX_BODY} bytes`);
  return message;
}

/** Takes a message apart. @throws QueueError when it is none. */
export function decodeMessage(payload: Uint8Array): QueueMessage {
  const start = 1 + (payload[0] ?? 0);
  if (payload.length < start) throw new QueueError('a message that ends before its topic does');
  const topic = checkTopic(Buffer.from(payload.subarray(1, start)).toString());
  return { topic, body: payload.subarray(start) };
}
