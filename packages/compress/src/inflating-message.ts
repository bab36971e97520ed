/**
 * A compressed message on its way in, part by part, as its fragments arrive; made by `Inflater.start`. What it stands
 * for is put out in steps: as long as nobody asks for the next, nothing is inflated.
 */
export interface InflatingMessage {
  /** Everything has been put out. */
  readonly isDone: boolean;
  /**
   * Adds a part. It must not change until `pull` gave nothing; then the next may be added.
   * @throws {InflateError} `INFLATE_LIMIT` where the parts are collected: see `Inflater.start`. {CompressClosedError}
   *   after its end.
   */
  push(part: Uint8Array): void;
  /** No more parts will come: `pull` until `isDone`. @throws {CompressClosedError} after its end. */
  end(): void;
  /**
   * The next bytes of the message, at most `most`, 1 or more; the caller's to keep. None, an empty array, when it took long
   * to come to no output. Nothing when the parts so far are used up: then another part has to be added, or `isDone` is true.
   * @throws {InflateError} as `Inflater.inflate`: the message has then ended. {CompressClosedError} after its end.
   */
  pull(most: number): Uint8Array | undefined;
  /**
   * Ends the message without its rest and gives its memory back. With context takeover no message can follow. May be
   * called again, and after the end.
   */
  cancel(): void;
}
