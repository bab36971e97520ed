import { limits, nameProblem } from '../shared/protocol.js';
import { announce, find } from './elements.js';
import { Session } from './session.js';
import { load, store } from './storage.js';

const door = find('door', HTMLFormElement);
const nameField = find('name', HTMLInputElement);
const nameError = find('name-error', HTMLElement);
const chat = find('chat', HTMLElement);
const composer = find('composer', HTMLFormElement);
const textField = find('text', HTMLTextAreaElement);
const textError = find('text-error', HTMLElement);
const picker = find('picker', HTMLInputElement);

let session: Session | undefined;

nameField.maxLength = limits.name;
textField.maxLength = limits.text;

door.addEventListener('submit', (event) => {
  event.preventDefault();
  const name = nameField.value.normalize('NFC').trim().replace(/ +/g, ' ');
  const problem = nameProblem(name);
  if (problem === undefined) enter(name, true);
  else refuse(problem);
});

find('leave', HTMLButtonElement).addEventListener('click', () => leave(''));

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  const problem = session?.say(textField.value.trimEnd());
  textError.textContent = problem ?? '';
  textField.setAttribute('aria-invalid', `${problem !== undefined}`);
  if (problem !== undefined) return;
  textField.value = '';
  textField.focus();
});

textField.addEventListener('keydown', (event) => {
  // Enter also ends the composition of a character, which is not the end of the message.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

find('attach', HTMLButtonElement).addEventListener('click', () => picker.click());
picker.addEventListener('change', () => {
  share(picker.files);
  // The same file may be picked again.
  picker.value = '';
});

chat.addEventListener('dragover', (event) => {
  if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
});
chat.addEventListener('drop', (event) => {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  share(event.dataTransfer.files);
});

// A page that is loaded again goes on under its name.
const name = load('sessionStorage', 'name');
const last = load('localStorage', 'name');
if (typeof last === 'string') nameField.value = last;
if (typeof name === 'string' && nameProblem(name) === undefined) enter(name, false);
else leave('');

function share(files: FileList | null): void {
  for (const file of files ?? []) session?.share(file);
}

function enter(name: string, isAsked: boolean): void {
  refuse('');
  store('sessionStorage', 'name', name);
  store('localStorage', 'name', name);
  door.hidden = true;
  chat.hidden = false;
  session = new Session(name, leave);
  if (isAsked) textField.focus();
}

function leave(reason: string): void {
  store('sessionStorage', 'name', undefined);
  const left = session;
  session = undefined;
  left?.close().catch((error: unknown) => console.error(error));
  chat.hidden = true;
  door.hidden = false;
  refuse(reason);
  nameField.focus();
}

function refuse(reason: string): void {
  nameError.textContent = reason;
  nameField.setAttribute('aria-invalid', `${reason !== ''}`);
  if (reason !== '') announce(reason);
}
