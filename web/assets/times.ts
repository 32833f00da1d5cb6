// Keeps "12 s ago" true while a page stays open. The same words as `ago` in web/pages/words.py.
const STEPS: [number, string][] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

export function ago(seconds: number): string {
  for (const [size, unit] of STEPS) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  return "just now";
}

/** hh:mm:ss where the reader is. */
export function clock(moment: Date): string {
  return moment.toTimeString().slice(0, 8);
}

export function startTimes(): void {
  setInterval(() => {
    if (document.hidden) return;
    for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
      const words = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (time.textContent !== words) time.textContent = words;
    }
  }, 1000);
}
