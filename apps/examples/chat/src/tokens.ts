import { errors, jwtVerify, SignJWT } from 'jose';

/** Whom a token is for, and until when. */
export interface Member {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Names and passwords. A program of yours has them in a database, and of passwords only a hash made by scrypt or argon2. */
const USERS: ReadonlyMap<string, string> = new Map([
  ['ada', 'lovelace'],
  ['bob', 'kahn'],
  ['grace', 'hopper'],
]);

/** Why somebody is not let in, in words for him. */
export class TokenError extends Error {
  override readonly name: string = 'TokenError';
}

/** Issues tokens, and knows its own again (JWT, RFC 7519). */
export class Tokens {
  readonly #key: Uint8Array;
  readonly #lifetime: number;

  /** @param lifetime of a token, in seconds. */
  constructor(key: Uint8Array, lifetime: number) {
    this.#key = key;
    this.#lifetime = lifetime;
  }

  /** A token for who knows name and password. Rejects with TokenError. */
  async issue(name: unknown, password: unknown): Promise<string> {
    // Who is not there has no password, and neither has a request without one.
    if (typeof name !== 'string' || typeof password !== 'string' || USERS.get(name) !== password)
      throw new TokenError('another name and password are needed');
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(name)
      .setIssuedAt(now)
      .setExpirationTime(now + this.#lifetime)
      .sign(this.#key);
  }

  /** Whom the header field `Authorization` is of. Rejects with TokenError. */
  async check(authorization: string | undefined): Promise<Member> {
    const [, token] = /^Bearer (.+)$/.exec(authorization ?? '') ?? [];
    if (token === undefined) throw new TokenError('a token is needed: log in');
    try {
      // The algorithm is ours to choose, not that of who made the token.
      const { payload } = await jwtVerify(token, this.#key, { algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] });
      return { name: payload.sub ?? '', expiresAt: (payload.exp ?? 0) * 1000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new TokenError('the token has expired: log in again');
      if (error instanceof errors.JWSSignatureVerificationFailed) {
        throw new TokenError('the token was signed with another key: log in at this server');
      }
      if (error instanceof errors.JOSEError) throw new TokenError('that is no token of this server: log in');
      throw error;
    }
  }
}
