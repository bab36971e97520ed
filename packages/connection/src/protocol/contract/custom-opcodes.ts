/** The opcodes that RFC 6455 §5.2 reserves: an application may give them a meaning by handling messages of these types. */
export const CUSTOM_OPCODES: readonly number[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
