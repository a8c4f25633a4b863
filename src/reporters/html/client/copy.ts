/** A button that puts a command on the clipboard, and says so. */
import { byId, h } from './dom.ts';

export function copyButton(text: string): HTMLButtonElement {
  const button = h('button', { type: 'button', class: 'copy', 'aria-label': `Copy: ${text}` }, 'Copy');
  button.addEventListener('click', () => {
    void copy(text).then((done) => {
      button.textContent = done ? 'Copied' : 'Press Ctrl+C';
      announce(done ? 'Copied' : 'The command is selected: copy it with the keyboard');
      if (!done) getSelection()?.selectAllChildren(button.previousElementSibling ?? button);
    });
  });
  return button;
}

/** The clipboard is refused to pages without a secure origin, and by some settings. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Says something to those who do not see it. */
function announce(text: string): void {
  byId('said').textContent = text;
}
