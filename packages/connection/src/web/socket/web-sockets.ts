// The classes of the platform as far as they are used here. They are no part of the types of ES2023, and those of the DOM would
// let the rest of the package use a page.

/** A WebSocket of the platform (WHATWG WebSockets §3). */
export interface WebSocketLike {
  binaryType: string;
  /** Missing in React Native, in workerd, in happy-dom, and in many stand-ins for tests. */
  readonly bufferedAmount?: number;
  readonly readyState: number;
  /** Null in workerd, where it should be ''. */
  readonly protocol: string | null | undefined;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener<T extends keyof WebSocketEvents>(type: T, listener: (event: WebSocketEvents[T]) => void): void;
}

/** The events of a {@link WebSocketLike}. */
export interface WebSocketEvents {
  readonly open: object;
  readonly error: object;
  readonly message: { readonly data: unknown };
  readonly close: { readonly code?: unknown; readonly reason?: unknown };
}

/** A WebSocketStream of the platform, which has back-pressure in both directions. */
export interface WebSocketStreamLike {
  readonly opened: Promise<WebSocketStreamOpened>;
  readonly closed: Promise<{ readonly closeCode?: number; readonly reason?: string }>;
  close(info?: { closeCode?: number; reason?: string }): void;
}

/** What an open {@link WebSocketStreamLike} has. */
export interface WebSocketStreamOpened {
  readonly readable: ReadableStream<string | ArrayBuffer | Uint8Array>;
  readonly writable: WritableStream<string | Uint8Array>;
  readonly protocol: string;
}

/** The classes as globals: each may be missing. Jest's jsdom has a WebSocket, and no text encoding. */
export interface WebSocketGlobals {
  readonly TextEncoder?: unknown;
  readonly TextDecoder?: unknown;
  readonly WebSocket?: new (url: string, protocols: readonly string[]) => WebSocketLike;
  readonly WebSocketStream?: new (
    url: string,
    options: { protocols: readonly string[]; signal?: AbortSignal },
  ) => WebSocketStreamLike;
}
