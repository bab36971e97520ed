import type { HeaderMap } from '@webson/handshake';
import type { WebsonErrorCode } from './error-code.js';

/** The base of all errors of this kit. `code` is stable and meant for programs; `message` is meant for people. */
export class WebsonError extends Error {
  override readonly name: string = 'WebsonError';
  readonly code: WebsonErrorCode;

  constructor(code: WebsonErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An option is wrong. The message names the option, its value, and the values that are allowed. */
export class ConfigError extends WebsonError {
  override readonly name: string = 'ConfigError';

  constructor(message: string, options?: ErrorOptions) {
    super('CONFIG', message, options);
  }
}

/** The opening handshake failed (RFC 6455 §4). */
export class HandshakeError extends WebsonError {
  override readonly name: string = 'HandshakeError';
  /** At a client, the status of the response, if there was one; at a server, the status that it responded with. */
  readonly status: number | undefined;
  /** At a client, the header fields of the response; at a server, those of the request. */
  readonly headers: HeaderMap | undefined;
  /** At a client, the first bytes of the body of a response with a status other than 101: at most 4096 bytes. */
  readonly body: Uint8Array | undefined;

  constructor(
    code: WebsonErrorCode,
    message: string,
    detail: {
      status?: number | undefined;
      headers?: HeaderMap | undefined;
      body?: Uint8Array | undefined;
    } = {},
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.status = detail.status;
    this.headers = detail.headers;
    this.body = detail.body;
  }
}

/**
 * The peer broke the protocol or exceeded a limit. The connection was failed with `closeCode` (RFC 6455 §7.1.7,
 * §7.4.1).
 */
export class ProtocolError extends WebsonError {
  override readonly name: string = 'ProtocolError';
  readonly closeCode: number;

  constructor(code: WebsonErrorCode, closeCode: number, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.closeCode = closeCode;
  }
}

/**
 * A message of the peer is larger than `maxMessageSize`, or one of its frames than `maxPayloadSize`: close code 1009.
 */
export class MessageTooLargeError extends ProtocolError {
  override readonly name: string = 'MessageTooLargeError';

  constructor(message: string, options?: ErrorOptions) {
    super('MESSAGE_TOO_LARGE', 1009, message, options);
  }
}

/** Nothing can be sent because the connection is not started yet. */
export class NotReadyError extends WebsonError {
  override readonly name: string = 'NotReadyError';

  constructor(message: string) {
    super('NOT_READY', message);
  }
}

/** Nothing can be sent any more because the connection is closed or closing. */
export class ClosedError extends WebsonError {
  override readonly name: string = 'ClosedError';

  constructor(message: string, options?: ErrorOptions) {
    super('CLOSED', message, options);
  }
}

/** The message is still arriving; `completed`, `readIter` and `stream` wait for the rest of it. */
export class MessageIncompleteError extends WebsonError {
  override readonly name: string = 'MessageIncompleteError';

  constructor() {
    super('MESSAGE_INCOMPLETE', 'the message is still arriving: await completed() first, or use readIter()');
  }
}

/** The rest of the message will never arrive, because its sender or its reader gave it up. */
export class MessageCancelledError extends WebsonError {
  override readonly name: string = 'MessageCancelledError';

  constructor(message: string, options?: ErrorOptions) {
    super('MESSAGE_CANCELLED', message, options);
  }
}
