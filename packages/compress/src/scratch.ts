/** The most bytes of output of one run of zlib. */
export const SCRATCH_LENGTH: number = 128 * 1024;

let memory: Uint8Array | undefined;

/**
 * Memory for the output of one run of zlib. All contexts share it, so the output must be copied before the next run.
 */
export function scratch(): Uint8Array {
  memory ??= new Uint8Array(SCRATCH_LENGTH);
  return memory;
}
