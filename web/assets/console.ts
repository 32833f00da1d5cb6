// The console of a boot or the log of a build: live lines on the job's page, line links on the log page.
import { startLinks } from "./console-links";
import { startStream } from "./console-stream";

for (const view of document.querySelectorAll<HTMLElement>(".console[data-stream]")) startStream(view);
for (const view of document.querySelectorAll<HTMLElement>(".console[data-pages]")) startLinks(view);
