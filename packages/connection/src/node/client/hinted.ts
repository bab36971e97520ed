/** Makes something of options. Errors know all hints already: a page has to load them. */
export function hinted<T>(make: () => T): T | Promise<T> {
  return make();
}
