// Made when it is first needed, so that this package loads where there is none, as in Jest's jsdom.
let encoder: InstanceType<typeof TextEncoder> | undefined;

/** `text` as UTF-8; a lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  encoder ??= new TextEncoder();
  return encoder.encode(text);
}
