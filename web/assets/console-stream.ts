// Server-sent lines, appended in one batch per animation frame. Resumes at a byte offset after a lost connection (the
// browser does that by itself) and after the tab was hidden (a stream holds one of six connections to a host).
import { fillElement, gapElement, lineElement, skippedElement, Times, type Line } from "./console-lines";
import { refresh } from "./live";
import { clock } from "./times";

const KEEP = 5000;

interface Batch {
  lines: Line[];
  gap: [number, number] | null;
}

export function startStream(view: HTMLElement): void {
  new ConsoleStream(view).open();
}

class ConsoleStream {
  private source: EventSource | null = null;
  private waiting: (Line | [number, number])[] = [];
  private follow = true;
  private paused = false;
  private ended = false;
  private lastEvent = new Date();
  private offset: string;
  private lastNumber: number;
  private readonly times: Times;
  private readonly page: string;
  private readonly frame = oncePerFrame();
  private readonly note = document.getElementById("stream-note");
  private readonly count = document.getElementById("stream-lines");
  private readonly followButton = document.getElementById("follow");
  private readonly pauseButton = document.getElementById("pause");

  constructor(private readonly view: HTMLElement) {
    this.offset = view.dataset.from ?? "0";
    this.page = view.dataset.page ?? "";
    this.lastNumber = Number(view.querySelector(".line:last-of-type .n")?.textContent ?? 0);
    this.times = new Times(view.dataset.time ?? "delta", view.dataset.last ? Number(view.dataset.last) : null);
    this.followButton?.addEventListener("click", () => this.setFollow(!this.follow));
    this.pauseButton?.addEventListener("click", () => this.setPaused(!this.paused));
    view.addEventListener("wheel", () => requestAnimationFrame(() => this.setFollow(this.atEnd())), { passive: true });
    view.addEventListener("touchmove", () => this.setFollow(this.atEnd()), { passive: true });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    this.setFollow(true);
  }

  open(): void {
    if (this.source || this.ended || document.hidden) return;
    const source = new EventSource(`${this.view.dataset.stream}?follow=1&from=${this.offset}`);
    source.addEventListener("open", () => this.say(""));
    source.addEventListener("console", (event) => this.take(event));
    source.addEventListener("state", () => refresh());
    source.addEventListener("end", () => this.end());
    source.addEventListener("error", () => this.lost());
    this.source = source;
  }

  private close(): void {
    this.source?.close();
    this.source = null;
  }

  private take(event: MessageEvent<string>): void {
    const batch = JSON.parse(event.data) as Batch;
    this.offset = event.lastEventId || this.offset;
    this.lastEvent = new Date();
    if (batch.gap) this.waiting.push(batch.gap);
    this.waiting.push(...batch.lines);
    // Of a flood, and of what comes during a pause, only what will stay is kept; the rest is on the log page.
    const dropped = this.waiting.length - KEEP;
    if (dropped > 0) this.waiting.splice(0, dropped);
    if (this.paused) this.say(this.waitingWords());
    else this.frame(() => this.flush());
  }

  private waitingWords(): string {
    const full = this.waiting.length === KEEP;
    return full ? `The last ${KEEP.toLocaleString("en")} lines wait, older ones are in the log` : `${this.waiting.length} lines wait`;
  }

  private flush(): void {
    if (this.paused) return;
    document.getElementById("no-bytes")?.remove();
    const fragment = document.createDocumentFragment();
    for (const item of this.waiting.splice(0)) {
      if (Array.isArray(item)) this.putGap(item, fragment);
      else this.put(item, fragment);
    }
    this.view.append(fragment);
    if (this.count) this.count.textContent = `${this.lastNumber.toLocaleString("en")} lines`;
    for (let extra = this.view.childElementCount - KEEP; extra > 0; extra--) this.view.firstElementChild?.remove();
    if (this.follow) this.view.scrollTop = this.view.scrollHeight;
  }

  private putGap(gap: [number, number], fragment: DocumentFragment): void {
    fragment.append(gapElement(gap));
    this.lastNumber = 0;
  }

  private put(line: Line, fragment: DocumentFragment): void {
    const id = `L${line.n}`;
    const known = fragment.getElementById(id) ?? document.getElementById(id);
    if (known) fillElement(known, line);
    else {
      // Of a burst the server sends the end only; what lies between is on the log page.
      if (this.lastNumber && line.n > this.lastNumber + 1) fragment.append(skippedElement(this.lastNumber + 1, line.n - 1, this.page));
      fragment.append(lineElement(line, this.times, this.page));
      this.lastNumber = line.n;
    }
  }

  private end(): void {
    this.ended = true;
    this.close();
    this.say("");
    refresh();
    for (const button of [this.followButton, this.pauseButton]) if (button) button.hidden = true;
    document.getElementById("stream-live")?.remove();
  }

  private lost(): void {
    this.say(`No updates since ${clock(this.lastEvent)}, retrying.`);
    // A refusal (503, a restart behind a proxy) ends an EventSource for good; we try again all the same.
    if (this.source?.readyState === EventSource.CLOSED) {
      this.close();
      setTimeout(() => this.open(), 3000);
    }
  }

  private setFollow(on: boolean): void {
    this.follow = on;
    this.followButton?.setAttribute("aria-pressed", String(on));
    if (on) this.view.scrollTop = this.view.scrollHeight;
  }

  private setPaused(on: boolean): void {
    this.paused = on;
    this.pauseButton?.setAttribute("aria-pressed", String(on));
    this.say("");
    if (!on) this.flush();
  }

  private atEnd(): boolean {
    return this.view.scrollHeight - this.view.scrollTop - this.view.clientHeight < 24;
  }

  private say(words: string): void {
    if (this.note) this.note.textContent = words;
  }
}

function oncePerFrame(): (run: () => void) => void {
  let asked = false;
  return (run) => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      run();
    });
  };
}
