/** A key that nobody else makes. (`crypto.randomUUID` is missing in pages that came over plain HTTP.) */
export function createKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
