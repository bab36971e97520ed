/** An element of the page. @throws Error when there is none of that id and kind. */
export function find<T extends Element>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`no #${id} in the page`);
}

/** Makes an element with a class and text: what people have written is never read as HTML. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  text = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.textContent = text;
  return element;
}

/** Makes a button. @param label what it is called where its text alone does not say it. */
export function button(text: string, action: () => void, label = text): HTMLButtonElement {
  const element = create('button', '', text);
  element.type = 'button';
  if (label !== text) element.setAttribute('aria-label', label);
  element.addEventListener('click', action);
  return element;
}

/** Says something to those who do not see the page. */
export function announce(text: string): void {
  const line = find('announcer', HTMLElement);
  const saying = create('span', '', text);
  line.append(saying);
  // What was said stays for a while: readers that are busy come to it later.
  while (line.children.length > 4) line.firstElementChild?.remove();
}
