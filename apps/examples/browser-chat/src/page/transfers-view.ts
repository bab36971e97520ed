import { announce, button, create, find } from './elements.js';
import { formatSeconds, formatSize } from './format.js';
import type { Transfer } from './transfer.js';
import type { Transfers } from './transfers.js';

/** While something moves, its rate is written anew so often, in ms. */
const REFRESH = 500;

/** The rows of a transfer, and what stands in them. */
interface Row {
  readonly item: HTMLLIElement;
  readonly bar: HTMLProgressElement;
  readonly note: HTMLElement;
  readonly hash: HTMLElement;
  readonly buttons: HTMLElement;
  /** What the buttons were made for. */
  shown: string;
}

/** Shows the files on their way. */
export class TransfersView {
  readonly #list = find('transfers', HTMLUListElement);
  readonly #section = find('transfers-section', HTMLElement);
  readonly #rows = new Map<Transfer, Row>();
  // Those that have changed since the last frame.
  readonly #changed = new Set<Transfer>();
  #transfers: Transfers | undefined;

  #timer: ReturnType<typeof setInterval> | undefined;

  /** Whose buttons these are. */
  bind(transfers: Transfers): void {
    this.#transfers = transfers;
  }

  /** A transfer is new, has changed, or was removed. It is shown in the next frame. */
  update(transfer: Transfer): void {
    if (this.#changed.size === 0) requestAnimationFrame(() => this.#draw());
    this.#changed.add(transfer);
  }

  #draw(): void {
    for (const transfer of this.#changed) this.#drawOne(transfer);
    this.#changed.clear();
    this.#section.hidden = this.#rows.size === 0;
    this.#refresh();
  }

  // What stalls calls nobody, and its rate falls all the same.
  #refresh(): void {
    const isMoving = [...this.#rows.keys()].some(({ state }) => state === 'moving');
    if (isMoving === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = isMoving ? setInterval(() => this.#drawMoving(), REFRESH) : undefined;
  }

  #drawMoving(): void {
    for (const transfer of this.#rows.keys()) if (transfer.state === 'moving') this.update(transfer);
  }

  #drawOne(transfer: Transfer): void {
    if (!this.#transfers?.has(transfer)) {
      this.#remove(transfer);
      return;
    }
    const row = this.#rows.get(transfer) ?? this.#add(transfer);
    row.item.dataset.state = transfer.state;
    row.bar.value = transfer.state === 'done' ? transfer.size : transfer.moved;
    row.bar.hidden = transfer.isOver;
    row.note.textContent = noteOf(transfer);
    row.hash.textContent = transfer.state === 'done' ? (transfer.file?.sha256 ?? '') : '';
    if (row.shown === transfer.state) return;
    row.shown = transfer.state;
    this.#drawButtons(transfer, row);
    tell(transfer);
    if (transfer.url !== '') save(transfer);
  }

  #add(transfer: Transfer): Row {
    const item = create('li', 'transfer');
    const name = create('b', 'file-name', transfer.name);
    name.dir = 'auto';
    const bar = create('progress');
    // One without bytes is at its end from the beginning.
    bar.max = Math.max(1, transfer.size);
    bar.setAttribute('aria-label', `${transfer.isUpload ? 'Upload' : 'Download'} of ${transfer.name}`);
    const title = create('p', 'transfer-title');
    title.append(
      create('span', transfer.isUpload ? 'way up' : 'way down', transfer.isUpload ? 'Upload' : 'Download'),
      name,
    );
    const row: Row = {
      item,
      bar,
      note: create('p', 'note'),
      hash: create('code', 'hash'),
      buttons: create('div', 'buttons'),
      shown: '',
    };
    item.append(title, row.buttons, bar, row.note, row.hash);
    this.#rows.set(transfer, row);
    this.#list.prepend(item);
    return row;
  }

  #drawButtons(transfer: Transfer, { buttons }: Row): void {
    const transfers = this.#transfers;
    if (transfers === undefined) return;
    const hadFocus = buttons.contains(document.activeElement);
    const of = ` ${transfer.isUpload ? 'the upload' : 'the download'} of ${transfer.name}`;
    const made: HTMLElement[] = [];
    if (!transfer.isOver) made.push(button('Cancel', () => transfers.cancel(transfer), `Cancel${of}`));
    if (transfer.url !== '') made.push(button('Save again', () => save(transfer), `Save ${transfer.name} again`));
    if (transfer.state === 'failed' || transfer.state === 'cancelled') {
      made.push(button('Try again', () => transfers.again(transfer), `Try again${of}`));
    }
    if (transfer.isOver) made.push(button('Remove', () => transfers.remove(transfer), `Remove${of} from the list`));
    buttons.replaceChildren(...made);
    // The button that was pressed has gone.
    if (hadFocus) made[0]?.focus();
  }

  #remove(transfer: Transfer): void {
    const row = this.#rows.get(transfer);
    if (row === undefined) return;
    const hadFocus = row.item.contains(document.activeElement);
    row.item.remove();
    this.#rows.delete(transfer);
    if (hadFocus) (this.#list.querySelector('button') ?? find('attach', HTMLButtonElement)).focus();
  }
}

function noteOf(transfer: Transfer): string {
  const { state, size, moved, rate, reason, isUpload } = transfer;
  if (state === 'waiting') return moved > 0 ? 'Interrupted: begins again with the connection' : 'Waiting';
  if (state === 'checking') return 'Sent, the server checks it';
  if (state === 'cancelled') return `Cancelled after ${formatSize(moved)}`;
  if (state === 'failed') return `Failed: ${reason}`;
  if (state === 'done') return `${formatSize(size)}, SHA-256 is the same ${isUpload ? 'at the server' : 'as there'}`;
  const parts = [`${formatSize(moved)} of ${formatSize(size)}`];
  if (rate !== undefined) parts.push(`${formatSize(rate)}/s`);
  if (rate !== undefined && rate > 0) parts.push(`${formatSeconds((size - moved) / rate)} left`);
  return parts.join(' · ');
}

// How far it has come is in the progress bar: only beginning and end are said.
function tell({ state, name, isUpload, reason }: Transfer): void {
  const what = `${isUpload ? 'Upload' : 'Download'} of ${name}`;
  if (state === 'done') announce(`${what} is complete`);
  if (state === 'failed') announce(`${what} has failed: ${reason}`);
  if (state === 'cancelled') announce(`${what} was cancelled`);
}

function save({ url, name }: Transfer): void {
  const link = create('a');
  link.href = url;
  link.download = name;
  link.click();
}
