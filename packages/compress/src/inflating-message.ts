/**
 * A compressed message whose payload arrives in parts, as its fragments do; `Inflater.start` makes it. It is inflated
 * in steps: nothing happens until `pull` asks for the next bytes.
 */
export interface InflatingMessage {
  /** True when the whole message has been pulled. */
  readonly isDone: boolean;
  /**
   * Adds a part. It must not change until `pull` has returned undefined; only then may the next part be added.
   * @throws {InflateError} `INFLATE_LIMIT` where the parts are collected: see `Inflater.start`. {CompressClosedError}
   *   after its end.
   */
  push(part: Uint8Array): void;
  /** Says that no more parts follow; call `pull` until `isDone`. @throws {CompressClosedError} after its end. */
  end(): void;
  /**
   * Returns the next bytes of the message, at most `most` (1 or more); the caller owns them. An empty array means that
   * a step read input without producing output; undefined means that the parts so far are used up, so that another part
   * must be added unless `isDone` is true.
   * @throws {InflateError} as `Inflater.inflate`: the message has then ended. {CompressClosedError} after its end.
   */
  pull(most: number): Uint8Array | undefined;
  /**
   * Gives up the rest of the message and frees its memory. With context takeover no message can follow. May be called
   * again, and after the end.
   */
  cancel(): void;
}
