// What every page does beyond HTML: switches, copying, relative times, keys, and polls that stop in hidden tabs.
import { startKeys } from "./keys";
import { startLive } from "./live";
import { startSwitches } from "./switches";
import { startTimes } from "./times";

startSwitches();
startTimes();
startKeys();
startLive();

document.addEventListener("click", async (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy ?? "");
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1200);
});
