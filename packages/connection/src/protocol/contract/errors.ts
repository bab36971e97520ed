import type { HeaderMap } from '@webson/handshake';

/** Every error of this kit: `code` is stable, for programs; `message` is for people. */
export class WebsonError extends Error {
  override readonly name: string = 'WebsonError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An option is wrong: the message says which, its value, and what is allowed. */
export class ConfigError extends WebsonError {
  override readonly name: string = 'ConfigError';

  constructor(message: string, options?: ErrorOptions) {
    super('CONFIG', message, options);
  }
}

/** The opening handshake failed (RFC 6455 §4). `status` and `headers` are those of the answer, where there was one. */
export class HandshakeError extends WebsonError {
  override readonly name: string = 'HandshakeError';
  /** A client: the status received. A server: the status answered with. */
  readonly status: number | undefined;
  /** A client: the header fields of the answer. A server: those of the request. */
  readonly headers: HeaderMap | undefined;
  /** A client that was answered with another status than 101: the first bytes of the body, at most 4096 of them. */
  readonly body: Uint8Array | undefined;

  constructor(
    code: string,
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

/** The peer broke the protocol, or went over a limit; `closeCode` is what the connection was failed with. */
export class ProtocolError extends WebsonError {
  override readonly name: string = 'ProtocolError';
  readonly closeCode: number;

  constructor(code: string, closeCode: number, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.closeCode = closeCode;
  }
}

/** A message of the peer is larger than `maxMessageSize` or a frame than `maxPayloadSize`: close code 1009. */
export class MessageTooLargeError extends ProtocolError {
  override readonly name: string = 'MessageTooLargeError';

  constructor(message: string, options?: ErrorOptions) {
    super('MESSAGE_TOO_LARGE', 1009, message, options);
  }
}

/** The connection is not started yet: nothing can be sent. */
export class NotReadyError extends WebsonError {
  override readonly name: string = 'NotReadyError';

  constructor(message: string) {
    super('NOT_READY', message);
  }
}

/** The connection is closed or closing: nothing can be sent any more. */
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

/** The rest of the message will never come: its sender gave it up, or the reader did. */
export class MessageCancelledError extends WebsonError {
  override readonly name: string = 'MessageCancelledError';

  constructor(message: string, options?: ErrorOptions) {
    super('MESSAGE_CANCELLED', message, options);
  }
}
