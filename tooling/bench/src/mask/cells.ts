/** What is measured. */
export interface MaskPlan {
  /** Bytes of the secrets. */
  readonly secrets: readonly number[];
  /** Bytes of the payloads. */
  readonly payloads: readonly number[];
  readonly rounds: number;
  /** Bytes masked per measurement, about. */
  readonly bytes: number;
}

/** The secrets and payloads, in the order they are shown. */
export const maskPlan: MaskPlan = {
  secrets: [4, 8, 12, 20, 24, 32, 36, 64, 100, 1000, 4096, 65_536],
  payloads: [20, 125, 1024, 16_384, 65_536, 1_048_576],
  rounds: 15,
  bytes: 2 ** 21,
};
