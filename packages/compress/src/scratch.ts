/** Bytes that zlib may put out at a time. */
export const SCRATCH_LENGTH: number = 128 * 1024;

let memory: Uint8Array | undefined;

/** Memory for what zlib puts out within one call, one for all: it has to be copied out before the next. */
export function scratch(): Uint8Array {
  memory ??= new Uint8Array(SCRATCH_LENGTH);
  return memory;
}
