import { announce, create, find } from './elements.js';

/** Shows who is there, and says who comes and goes. */
export class MembersView {
  readonly #list = find('members', HTMLUListElement);
  readonly #count = find('member-count', HTMLElement);
  #names: readonly string[] | undefined;

  /** @param own the name of this page's user. */
  show(names: readonly string[], own: string): void {
    const before = this.#names;
    this.#names = names;
    this.#count.textContent = `${names.length} here`;
    this.#list.replaceChildren(
      ...names.map((name) => {
        const item = create('li', 'member', name);
        item.dir = 'auto';
        if (name === own) item.append(create('span', 'note', ' (you)'));
        return item;
      }),
    );
    if (before === undefined) return;
    const came = names.filter((name) => !before.includes(name) && name !== own);
    const went = before.filter((name) => !names.includes(name) && name !== own);
    if (came.length > 0) announce(`${came.join(', ')} joined`);
    if (went.length > 0) announce(`${went.join(', ')} left`);
  }

  /** Who is there is not known any more. */
  forget(): void {
    this.#count.textContent = '–';
    this.#list.replaceChildren();
  }
}
