// Builds the stylesheet, the scripts, the icon sprite and the small pictures into one folder with
// content-hashed names, and a manifest.json that maps plain names to them. Called by build.py.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs OUTPUT_FOLDER");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const files = {};

/** Writes bytes under a name that carries their hash, so that browsers may keep them for ever. */
function keep(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const extension = extname(name);
  const hashed = `${basename(name, extension)}.${hash}${extension}`;
  writeFileSync(join(out, hashed), bytes);
  files[name] = hashed;
}

async function scripts() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: ["scripts/app.ts"],
    outdir: out,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: ["es2022"],
    legalComments: "linked",
    entryNames: "[name].[hash]",
    chunkNames: "[name].[hash]",
    metafile: true,
    logLevel: "warning",
  });
  for (const [path, meta] of Object.entries(result.metafile.outputs)) {
    if (meta.entryPoint && path.endsWith(".js")) {
      files[`${basename(meta.entryPoint, ".ts")}.js`] = basename(path);
    }
  }
}

function styles() {
  const target = join(out, "app.css");
  const cli = join(here, "node_modules", "@tailwindcss", "cli", "dist", "index.mjs");
  const ran = spawnSync(process.execPath, [cli, "--input", join(here, "styles", "app.css"), "--output", target, "--minify"], {
    cwd: here,
    encoding: "utf8",
  });
  if (ran.status !== 0) throw new Error(`the stylesheet did not build:\n${ran.stderr}`);
  const css = readFileSync(target);
  rmSync(target);
  keep("app.css", css);
}

function icons() {
  const set = JSON.parse(readFileSync(join(here, "node_modules", "@iconify-json", "lucide", "icons.json"), "utf8"));
  const wanted = readFileSync(join(here, "icons.txt"), "utf8").split(/\s+/).filter(Boolean);
  const symbols = wanted.map((name) => {
    const icon = set.icons[name] ?? set.icons[set.aliases?.[name]?.parent];
    if (!icon) throw new Error(`icons.txt names an icon that does not exist: ${name}`);
    return `<symbol id="${name}" viewBox="0 0 24 24">${icon.body}</symbol>`;
  });
  keep("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

function pictures() {
  for (const name of readdirSync(join(here, "assets")).sort()) keep(name, readFileSync(join(here, "assets", name)));
}

/** Says whose work is in the files, with the words each licence asks to be passed on. */
function licences() {
  const parts = ["@iconify-json/lucide", "daisyui", "echarts", "htmx.org", "tailwindcss", "tslib", "zrender"].map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const texts = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .filter((file) => /^(licen[cs]e|notice|copyright)/i.test(file) && /\.(txt|md)$|^[^.]+$/i.test(file))
      .sort()
      .map((file) => readFileSync(join(folder, file), "utf8").trim());
    return [`${name} ${version} (${license})`, ...texts].join("\n\n");
  });
  writeFileSync(join(out, "licences.txt"), `${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`);
}

await scripts();
licences();
styles();
icons();
pictures();
const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(out, "manifest.json"), `${JSON.stringify({ files: sorted }, null, 2)}\n`);
