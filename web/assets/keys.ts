// Single keys (ux.md 3). One switch turns them off, and none fires while somebody types (WCAG 2.1.4).
import { stored } from "./choices";

const GO: Record<string, string> = {
  o: "/", b: "/boots", u: "/builds", s: "/submissions", m: "/machines", n: "/submit", h: "/help",
};
let pending = false;

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || stored("keys") === "off") return;
    if ((event.target as Element).closest("input, textarea, select, [contenteditable]")) return;
    if (handle(event.key)) event.preventDefault();
  });
}

function handle(key: string): boolean {
  if (pending) {
    pending = false;
    const page = GO[key];
    if (page) location.assign(page);
    return Boolean(page);
  }
  if (key === "g") {
    pending = true;
    setTimeout(() => (pending = false), 1500);
    return true;
  }
  if (key === "j" || key === "k") return step("[data-row]", key === "j" ? 1 : -1);
  if (key === "n" || key === "p") return step("[data-hit]", key === "n" ? 1 : -1);
  if (key === "o") return click(document.activeElement?.closest<HTMLElement>("a[data-row], a[data-hit]") ?? null);
  if (key === "/") return focus(document.getElementById("search"));
  if (key === "?") return location.assign("/help#keys"), true;
  return click(document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`));
}

function step(selector: string, by: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>(selector)];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  return focus(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by] ?? null);
}

function focus(element: HTMLElement | null): boolean {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return element !== null;
}

function click(element: HTMLElement | null): boolean {
  element?.click();
  return element !== null;
}
