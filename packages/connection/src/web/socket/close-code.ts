import { CloseCode } from '@webson/frame';

/** The code that a platform lets one send in place of `code`: 1000 or 3000 to 4999 (WHATWG WebSockets §3.1), else 1000. */
export function allowedCode(code: number): number {
  return code >= 3000 ? code : CloseCode.NormalClosure;
}
