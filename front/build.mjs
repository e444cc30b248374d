/*
 * Builds weerbaar/static/built: one style sheet, one script, two fonts, one icon sprite, under
 * hashed names, and manifest.json (name to hashed name). Does nothing when no source changed.
 *
 * Fails when a --basis-* name is used that css/basis.css does not set, when a brand colour of the
 * example theme would slip in, and when a data: address is left in the style sheet.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build as bundleScript } from "esbuild";
import { browserslistToTargets, bundleAsync, transform } from "lightningcss";

const HERE = dirname(fileURLToPath(import.meta.url));
const MODULES = join(HERE, "node_modules");
const OUT = resolve(HERE, process.env.WEERBAAR_BUILT ?? "../weerbaar/static/built");
const THEME = join(MODULES, "@nl-design-system-unstable/voorbeeld-design-tokens/dist/theme.css");
const FONTS = join(MODULES, "@fontsource-variable/source-sans-3/files");
const ICONS = join(MODULES, "@tabler/icons/icons/outline");
const SOURCES = ["build.mjs", "package-lock.json", "app.js", "icons.txt", "css", "js"];
const TARGETS = browserslistToTargets(["chrome 123", "firefox 120", "safari 17.5"]);

const text = (path) => readFileSync(path, "utf8");
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 12);

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).sort().flatMap((name) => filesUnder(join(path, name)));
}

function stampOfSources() {
  const files = SOURCES.flatMap((name) => filesUnder(join(HERE, name)));
  return digest(files.map((file) => `${file.slice(HERE.length)} ${digest(readFileSync(file))}`).join("\n"));
}

function alreadyBuilt(stamp) {
  try {
    const manifest = JSON.parse(text(join(OUT, "manifest.json")));
    return manifest.stamp === stamp && Object.values(manifest.files).every((name) => statSync(join(OUT, name)));
  } catch {
    return false;
  }
}

const files = {};

function put(name, bytes) {
  const [stem, ending] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf("."))];
  files[name] = `${stem}.${digest(bytes)}${ending}`;
  writeFileSync(join(OUT, files[name]), bytes);
  return files[name];
}

function putFonts() {
  for (const part of ["latin", "latin-ext"]) {
    put(`source-sans-3-${part}.woff2`, readFileSync(join(FONTS, `source-sans-3-${part}-wght-normal.woff2`)));
  }
}

function definitions(css) {
  return new Map([...css.matchAll(/(--[\w-]+)\s*:\s*([^;{}]+);/g)].map((found) => [found[1], found[2].trim()]));
}

const uses = (css) => [...css.matchAll(/var\(\s*(--[\w-]+)/g)].map((found) => found[1]);

/** The declarations of the example theme that the style sheet needs and does not make itself. */
function themeFor(css) {
  const own = definitions(text(join(HERE, "css/basis.css")) + text(join(HERE, "css/tokens.css")));
  const theme = definitions(text(THEME));
  const picked = new Map();
  const unknown = new Set();
  const seen = new Set();
  const follow = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    if (own.has(name)) return uses(own.get(name)).forEach(follow);
    if (name.startsWith("--basis-")) return unknown.add(name);
    if (name.startsWith("--voorbeeld-")) throw new Error(`brand token of the example theme reached: ${name}`);
    if (!theme.has(name)) return undefined; // left open on purpose: the component falls back
    picked.set(name, theme.get(name));
    return uses(theme.get(name)).forEach(follow);
  };
  uses(css).forEach(follow);
  own.forEach((value) => uses(value).forEach(follow));
  if (unknown.size) throw new Error(`css/basis.css does not set: ${[...unknown].sort().join(", ")}`);
  return [...picked].sort().map(([name, value]) => `${name}:${value};`).join("\n");
}

async function putStyle() {
  const resolver = {
    read: (path) => text(path),
    resolve: (specifier, from) =>
      specifier.startsWith(".") ? resolve(dirname(from), specifier) : join(MODULES, specifier),
  };
  const filename = join(HERE, "css/main.css");
  const bundled = (await bundleAsync({ filename, resolver, targets: TARGETS })).code.toString();
  const css = `${bundled}\n@layer theme { :root {\n${themeFor(bundled)}\n} }`.replaceAll(
    /"font:([\w-]+\.woff2)"/g,
    (_, name) => `"${files[name]}"`,
  );
  const { code } = transform({ filename: "main.css", code: Buffer.from(css), minify: true, targets: TARGETS });
  const result = code.toString();
  for (const forbidden of ["url(data:", 'url("data:', "--voorbeeld-", "http://", "https://"]) {
    if (result.includes(forbidden)) throw new Error(`the style sheet holds ${forbidden}`);
  }
  put("main.css", code);
}

async function putScript() {
  const result = await bundleScript({
    entryPoints: [join(HERE, "app.js")],
    bundle: true,
    format: "iife",
    minify: true,
    target: ["chrome123", "firefox120", "safari17.5"],
    legalComments: "none",
    write: false,
  });
  put("app.js", result.outputFiles[0].contents);
}

function putIcons() {
  const names = text(join(HERE, "icons.txt")).split(/\s+/).filter(Boolean);
  const symbols = names.map((name) => {
    const drawing = text(join(ICONS, `${name}.svg`))
      .replace(/<!--[^]*?-->/g, "")
      .replace(/^[^]*?<svg[^>]*>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "")
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${drawing}</symbol>`;
  });
  put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>`);
}

const stamp = stampOfSources();
if (alreadyBuilt(stamp)) {
  utimesSync(join(OUT, "manifest.json"), new Date(), new Date());
  console.log("front: nothing changed");
} else {
  mkdirSync(OUT, { recursive: true });
  putFonts();
  await putStyle();
  await putScript();
  putIcons();
  // A running server reads the manifest: it changes in one step, and only then the old files go.
  writeFileSync(join(OUT, "manifest.new"), `${JSON.stringify({ stamp, files }, null, 2)}\n`);
  renameSync(join(OUT, "manifest.new"), join(OUT, "manifest.json"));
  const kept = new Set(["manifest.json", ...Object.values(files)]);
  for (const name of readdirSync(OUT)) if (!kept.has(name)) rmSync(join(OUT, name), { force: true });
  console.log(`front: built ${Object.keys(files).length} files`);
}
