/** The payload of a message as a platform hands it over; undefined when it is of another kind, such as a Blob. */
export function platformData(data: unknown): Uint8Array | string | undefined {
  if (typeof data === 'string') return data;
  // A stand-in may be of another realm than its buffers, or hand over a view of memory that it uses again.
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  const { byteLength } = Object(data) as Partial<ArrayBuffer>;
  return byteLength === undefined ? undefined : new Uint8Array(data as ArrayBuffer);
}
