/** What a run does. */
export interface CodecPlan {
  /** Payload bytes of the frames. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Milliseconds of CPU time for one measurement, at least. */
  readonly milliseconds: number;
  /** Bytes of frames that are gone over again and again: little enough to stay in the cache, as what was just read is. */
  readonly bytes: number;
}

/** What is measured, in the order it is shown. */
export const codecPlan: CodecPlan = {
  sizes: [20, 125, 1024, 16_384, 65_536, 1_048_576],
  rounds: 9,
  milliseconds: 20,
  bytes: 4 * 64 * 1024,
};
