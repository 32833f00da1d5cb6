// Lines as the server sends them (web/live.py) and as the page shows them (templates/parts/console.html).
export interface Line {
  n: number;
  offset: number;
  text: string;
  t: number | null;
  partial?: boolean;
  hit?: { css: string; why: string };
}

export class Times {
  private last: number | null;

  constructor(private readonly mode: string, last: number | null) {
    this.last = last;
  }

  words(t: number | null): string {
    if (t === null || this.mode === "none") return "";
    if (this.mode === "wall") return new Date(t).toISOString().slice(11, 23);
    const delta = this.last === null ? 0 : t - this.last;
    this.last = t;
    return `+${(delta / 1000).toFixed(3)}`;
  }
}

function part(tag: string, name: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

export function lineElement(line: Line, times: Times, page: string): HTMLElement {
  const row = part("div", "line", "");
  row.id = `L${line.n}`;
  const link = part("a", "n", String(line.n)) as HTMLAnchorElement;
  link.href = `${page}?line=${line.n}#L${line.n}`;
  row.append(link, part("span", "t", times.words(line.t)), part("span", "x", ""));
  fillElement(row, line);
  return row;
}

// A line's text, and why it matters: also when the line has grown since it was first shown.
export function fillElement(row: Element, line: Line): void {
  const text = row.querySelector(".x");
  if (text) text.textContent = line.text;
  if (!line.hit) return;
  row.classList.add("hit", line.hit.css);
  row.querySelector(".n")?.setAttribute("data-hit", "");
  text?.append(" ", part("span", `why ${line.hit.css}`, line.hit.why));
}

export function gapElement([start, end]: [number, number]): HTMLElement {
  const words = `${(end - start).toLocaleString("en")} bytes dropped here to keep head and tail of a flood`;
  return part("div", "gap", words);
}

export function skippedElement(first: number, last: number, page: string): HTMLElement {
  const link = part("a", "", `lines ${first.toLocaleString("en")} to ${last.toLocaleString("en")}`) as HTMLAnchorElement;
  link.href = `${page}?line=${first}#L${first}`;
  const row = part("div", "gap", "");
  row.append("too fast to show here: ", link);
  return row;
}
