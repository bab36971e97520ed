/** What the client may call; without a prototype, as birpc calls whatever a peer names that the object has, or inherits. */
export const functions: {
  add(a: number, b: number): number;
  greet(name: string): string;
} = Object.assign(Object.create(null), {
  add: (a: number, b: number) => a + b,
  greet: (name: string) => `Hello ${name}`,
});

/** What the server offers. */
export type Functions = typeof functions;
