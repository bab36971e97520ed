import type { ExtensionParam } from '@webson/handshake';

/** The parameters of one `permessage-deflate` offer or answer (RFC 7692 §7.1). */
export interface DeflateParameters {
  /** `server_no_context_takeover` (RFC 7692 §7.1.1.1). */
  readonly serverNoContextTakeover: boolean;
  /** `client_no_context_takeover` (RFC 7692 §7.1.1.2). */
  readonly clientNoContextTakeover: boolean;
  /** `server_max_window_bits`, 8 to 15; `undefined` if left out (RFC 7692 §7.1.2.1). */
  readonly serverMaxWindowBits: number | undefined;
  /**
   * `client_max_window_bits`, 8 to 15; `true` without a value (offers only); `undefined` if left out (RFC 7692
   * §7.1.2.2).
   */
  readonly clientMaxWindowBits: number | true | undefined;
}

/** The parameter that breaks RFC 7692 §7.1, and how. */
export interface ParameterFault {
  readonly fault: 'unknown' | 'repeated' | 'bad value';
  /** The name as the peer sent it, unescaped. */
  readonly name: string;
}

/** Decimal digits without a sign or leading zeros (RFC 7692 §7.1.2). */
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/**
 * Reads the parameters of an offer or an answer.
 * @param kind `client_max_window_bits` may lack a value in an offer, but not in an answer (RFC 7692 §7.1.2.2).
 * @returns the parameters, or the first fault. At a fault a server declines the offer, and a client fails the
 *   connection (RFC 7692 §7.1).
 */
export function parseParameters(
  params: readonly ExtensionParam[],
  kind: 'offer' | 'answer',
): DeflateParameters | ParameterFault {
  const seen = new Set<string>();
  let serverNoContextTakeover = false;
  let clientNoContextTakeover = false;
  let serverMaxWindowBits: number | undefined;
  let clientMaxWindowBits: number | true | undefined;
  for (const { name, value } of params) {
    if (seen.has(name)) return { fault: 'repeated', name };
    seen.add(name);
    switch (name) {
      case 'server_no_context_takeover':
        if (value !== true) return { fault: 'bad value', name };
        serverNoContextTakeover = true;
        break;
      case 'client_no_context_takeover':
        if (value !== true) return { fault: 'bad value', name };
        clientNoContextTakeover = true;
        break;
      case 'server_max_window_bits':
        if (value === true || !WINDOW_BITS.test(value)) return { fault: 'bad value', name };
        serverMaxWindowBits = Number(value);
        break;
      case 'client_max_window_bits':
        if (value === true) {
          if (kind === 'answer') return { fault: 'bad value', name };
          clientMaxWindowBits = true;
        } else {
          if (!WINDOW_BITS.test(value)) return { fault: 'bad value', name };
          clientMaxWindowBits = Number(value);
        }
        break;
      default:
        return { fault: 'unknown', name };
    }
  }
  return { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
}

/**
 * Lists parameters always in the same order, because some peers compare an answer as text: the two
 * `no_context_takeover`, the server's first, then the two `max_window_bits`.
 */
export function formatParameters(parameters: DeflateParameters): ExtensionParam[] {
  const params: ExtensionParam[] = [];
  if (parameters.serverNoContextTakeover) params.push({ name: 'server_no_context_takeover', value: true });
  if (parameters.clientNoContextTakeover) params.push({ name: 'client_no_context_takeover', value: true });
  const { serverMaxWindowBits, clientMaxWindowBits } = parameters;
  if (serverMaxWindowBits !== undefined) {
    params.push({ name: 'server_max_window_bits', value: String(serverMaxWindowBits) });
  }
  if (clientMaxWindowBits !== undefined) {
    params.push({
      name: 'client_max_window_bits',
      value: clientMaxWindowBits === true ? true : String(clientMaxWindowBits),
    });
  }
  return params;
}
