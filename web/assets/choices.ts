// What a person chose for this browser. Without storage (private mode) a choice lasts for the page.
export type Choice = "theme" | "density" | "keys";

export function stored(name: Choice): string {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

export function store(name: Choice, value: string): void {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // Nothing to do: the page itself has it already.
  }
}

export function apply(name: Choice, value: string): void {
  const root = document.documentElement;
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
}
