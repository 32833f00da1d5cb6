// Bundles what the pages send to a browser into web/static/dist: names with a content hash, which may be cached for
// ever; manifest.json, which maps "app.css" to such a name; and a .gz beside each file, so that nothing is compressed
// per request. `node web/assets/build.mjs [folder]`
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = process.argv[2] ?? join(here, "../static/dist");
// light-dark() and nesting are used as they are: every browser has had both since May 2024.
const target = ["chrome123", "firefox128", "safari17.5"];

const bundled = await build({
  entryPoints: ["theme.ts", "app.ts", "console.ts", "app.css"].map((name) => join(here, name)),
  outdir: out,
  bundle: true,
  minify: true,
  write: false,
  target,
  legalComments: "none",
});
const files = bundled.outputFiles.map((file) => [file.path.split("/").pop(), file.contents]);
const htmx = createRequire(import.meta.url).resolve("htmx.org/dist/htmx.min.js");
files.push(["htmx.js", await readFile(htmx)], ["icon.svg", await readFile(join(here, "icon.svg"))]);

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const manifest = {};
const report = [];
for (const [name, bytes] of files) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const hashed = name.replace(/(\.\w+)$/, `-${hash}$1`);
  const packed = gzipSync(bytes, { level: 9 });
  await writeFile(join(out, hashed), bytes);
  await writeFile(join(out, `${hashed}.gz`), packed);
  manifest[name] = hashed;
  report.push(`${hashed.padEnd(28)} ${String(bytes.length).padStart(7)} B  ${String(packed.length).padStart(6)} B gzip`);
}
// Last, and it is what the pages look for: with it, everything is there.
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
console.log(report.join("\n"));
