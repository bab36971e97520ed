/** Makes something of options. Errors know the names of other libraries already: a page has to load them. */
export function hinted<T>(make: () => T): T | Promise<T> {
  return make();
}
