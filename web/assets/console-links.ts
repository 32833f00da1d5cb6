// `#L318` and `#L318-L340`: marks the lines, fetches the page that holds them, and makes a range by shift-click.
const RANGE = /^#L(\d+)(?:-L(\d+))?$/;

export function startLinks(view: HTMLElement): void {
  const show = (): void => mark(view);
  window.addEventListener("hashchange", show);
  show();
  view.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("a.n");
    if (!link) return;
    event.preventDefault();
    const line = Number(link.textContent);
    const from = (event as MouseEvent).shiftKey ? RANGE.exec(location.hash)?.[1] : undefined;
    const [first, last] = from ? [Math.min(Number(from), line), Math.max(Number(from), line)] : [line, line];
    history.replaceState(null, "", first === last ? `#L${first}` : `#L${first}-L${last}`);
    mark(view, false);
  });
}

function mark(view: HTMLElement, scroll = true): void {
  const match = RANGE.exec(location.hash);
  if (!match) return;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  for (const old of view.querySelectorAll(".marked")) old.classList.remove("marked");
  const begin = document.getElementById(`L${first}`);
  if (!begin) {
    const lines = Number(view.dataset.lines);
    const asked = new URLSearchParams(location.search).get("line");
    if (first <= lines && asked !== String(first)) location.assign(`?line=${first}${location.hash}`);
    return;
  }
  for (let n = first; n <= last; n++) document.getElementById(`L${n}`)?.classList.add("marked");
  if (scroll) begin.scrollIntoView({ block: "center" });
}
