/** Takes the buffer of these bytes away from whoever has it, unless it cannot be transferred: then that throws, or copies. */
export function takeAway({ buffer }: Uint8Array): void {
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
}
