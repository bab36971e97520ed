/** Messages sent to all at once, in the order they are shown. */
export const bursts: readonly number[] = [1, 16];
