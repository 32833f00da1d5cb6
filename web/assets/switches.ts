// Buttons with data-switch="theme" and the like go through the values in data-values, "" being the page's default.
import { apply, store, stored, type Choice } from "./choices";

const WORDS: Record<Choice, Record<string, string>> = {
  theme: { "": "Theme: system", light: "Theme: light", dark: "Theme: dark" },
  density: { "": "Rows: normal", compact: "Rows: compact" },
  keys: { "": "Single keys: on", off: "Single keys: off" },
};

export function startSwitches(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-switch]")) {
    const name = button.dataset.switch as Choice;
    const values = Object.keys(WORDS[name]);
    const show = (): void => {
      button.textContent = WORDS[name][stored(name)] ?? "";
    };
    show();
    button.addEventListener("click", () => {
      const next = values[(values.indexOf(stored(name)) + 1) % values.length] ?? "";
      store(name, next);
      apply(name, next);
      show();
    });
  }
}
