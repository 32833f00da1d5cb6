// Fragments that htmx polls while something is unfinished: quiet in hidden tabs, one polite announcement per change.
import { clock } from "./times";

export function startLive(): void {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const trigger = (event as CustomEvent).detail.requestConfig?.triggeringEvent as Event | undefined;
    if (document.hidden && !trigger) event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", announce);
  document.addEventListener("htmx:sendError", () => lost(true));
  document.addEventListener("htmx:responseError", () => lost(true));
  document.addEventListener("htmx:afterOnLoad", () => lost(false));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh();
  });
}

export function refresh(): void {
  for (const part of document.querySelectorAll("[data-live]")) part.dispatchEvent(new Event("refresh"));
}

function announce(): void {
  const words = document.querySelector<HTMLElement>("[data-announce]")?.dataset.announce ?? "";
  const region = document.getElementById("announcer");
  if (region && region.textContent !== words) region.textContent = words;
}

let lastGood = new Date();

function lost(is: boolean): void {
  const note = document.getElementById("connection");
  if (!is) lastGood = new Date();
  if (!note) return;
  note.hidden = !is;
  note.textContent = is ? `No updates since ${clock(lastGood)}, retrying.` : "";
}
