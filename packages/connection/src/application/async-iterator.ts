const { asyncIterator } = Symbol as { asyncIterator?: symbol };

/**
 * The key of the method that makes an asynchronous iterator. Hermes, the engine of React Native, has no such symbol; what Babel
 * makes of `for await` looks for this text then.
 */
export const ASYNC_ITERATOR: symbol | '@@asyncIterator' = asyncIterator ?? '@@asyncIterator';

/** Gives an object whose class has a method `[Symbol.asyncIterator]` that method where there is no such symbol. */
export function makeIterable(made: object): void {
  // It is called `undefined` there.
  if (asyncIterator === undefined) Reflect.set(made, ASYNC_ITERATOR, Reflect.get(made, 'undefined'));
}
