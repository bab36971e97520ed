/**
 * The options of Node's zlib that are used here. Its own type is not named in any declaration, because these are read in pages,
 * too, where the types of Node are not.
 */
export interface ZlibSettings {
  readonly level?: number;
  readonly memLevel?: number;
  readonly windowBits?: number;
  readonly strategy?: number;
  readonly dictionary?: Uint8Array;
  readonly chunkSize?: number;
  readonly info?: boolean;
  readonly maxOutputLength?: number;
}
