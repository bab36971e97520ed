import { readFileSync } from 'node:fs';
import wabt from 'wabt';

/** What `scanner.wat` assembles to, in base64. */
export async function assembleScanner(): Promise<string> {
  const { parseWat } = await wabt();
  const source = readFileSync(new URL('../../../src/node/socket/scanner/scanner.wat', import.meta.url), 'utf8');
  return Buffer.from(parseWat('scanner.wat', source, { simd: true }).toBinary({}).buffer).toString('base64');
}
