/** Who is there: names, each of which belongs to one person, who may be there more than once. */
export class Members {
  // By the name without its case: `ada` is no one else than `Ada`.
  readonly #members = new Map<string, { readonly name: string; readonly secret: string; count: number }>();

  /** All names, sorted. */
  get names(): readonly string[] {
    return [...this.#members.values()].map(({ name }) => name).sort((a, b) => a.localeCompare(b, 'en'));
  }

  /** Takes somebody in, under the name as they wrote it first; undefined when it belongs to somebody else. */
  enter(name: string, secret: string): string | undefined {
    const folded = fold(name);
    const member = this.#members.get(folded);
    if (member === undefined) {
      this.#members.set(folded, { name, secret, count: 1 });
      return name;
    }
    if (member.secret !== secret) return undefined;
    member.count++;
    return member.name;
  }

  /** Somebody who was taken in has left. */
  leave(name: string): void {
    const folded = fold(name);
    const member = this.#members.get(folded);
    if (member !== undefined && --member.count === 0) this.#members.delete(folded);
  }
}

function fold(name: string): string {
  return name.toLowerCase().normalize('NFKC');
}
