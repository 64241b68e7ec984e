// Rebuilds plugin/httptask/editor/assets/vendor from the packages pinned in tools/vendor:
//
//     node tools/refresh_vendor.mjs
//
// Needs node >= 20 and npm. To take a newer library: change tools/vendor/package.json, run
// `npm install --package-lock-only` there, then this. The same lock file gives the same bytes.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const pins = join(here, "vendor");
const target = join(here, "../plugin/httptask/editor/assets/vendor");

const ENTRIES = {
  "lit.js": `
    export { LitElement, html, css, svg, nothing, noChange } from "lit";
    export { repeat } from "lit/directives/repeat.js";
    export { classMap } from "lit/directives/class-map.js";
    export { live } from "lit/directives/live.js";
    export { guard } from "lit/directives/guard.js";
    export { keyed } from "lit/directives/keyed.js";
    export { ifDefined } from "lit/directives/if-defined.js";`,
  "codemirror.js": `
    export { EditorState, Compartment, Prec } from "@codemirror/state";
    export { EditorView, Decoration, MatchDecorator, ViewPlugin, keymap, lineNumbers, placeholder, drawSelection }
      from "@codemirror/view";
    export { history, historyKeymap, defaultKeymap } from "@codemirror/commands";
    export { autocompletion, completionKeymap, startCompletion, closeCompletion, completionStatus, acceptCompletion }
      from "@codemirror/autocomplete";
    export { HighlightStyle, syntaxHighlighting, bracketMatching, foldGutter, foldKeymap, syntaxTree, forceParsing } from "@codemirror/language";
    export { json } from "@codemirror/lang-json";
    export { lintGutter, setDiagnostics } from "@codemirror/lint";
    export { searchKeymap, highlightSelectionMatches } from "@codemirror/search";
    export { tags } from "@lezer/highlight";`,
  "marked.js": `export { lexer } from "marked";`,
};

const work = mkdtempSync(join(tmpdir(), "httptask-vendor-"));
try {
  cpSync(pins, work, { recursive: true });
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: work, stdio: "inherit" });
  const { build } = await import(pathToFileURL(join(work, "node_modules/esbuild/lib/main.js")).href);
  const files = {};
  const used = new Set();
  for (const [name, contents] of Object.entries(ENTRIES)) {
    const packages = await bundle(build, name, contents);
    packages.forEach((each) => used.add(each));
    files[name] = { packages: Object.fromEntries(packages.map((each) => [each, version(each)])), sha256: digest(name) };
  }
  writeFileSync(join(target, "versions.json"), JSON.stringify({ files }, null, 2) + "\n");
  writeFileSync(join(target, "LICENSES.txt"), [...used].sort().map(licence).join("\n"));
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function bundle(build, name, contents) {
  const result = await build({
    stdin: { contents, resolveDir: work, loader: "js" },
    bundle: true, format: "esm", target: "es2022", minify: true, legalComments: "none", metafile: true,
    conditions: ["production", "browser"], absWorkingDir: work, outfile: join(target, name),
    banner: { js: "// Bundled by tools/refresh_vendor.mjs. Versions: versions.json. Licences: LICENSES.txt." },
  });
  const found = Object.keys(result.metafile.inputs).map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
  return [...new Set(found.filter(Boolean))].sort();
}

function version(name) {
  return JSON.parse(readFileSync(join(work, "node_modules", name, "package.json"), "utf8")).version;
}

function digest(name) {
  return createHash("sha256").update(readFileSync(join(target, name))).digest("hex");
}

function licence(name) {
  const folder = join(work, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
  if (!text || !existsSync(join(folder, file))) throw new Error(`${name} carries no licence text`);
  return `${"=".repeat(80)}\n${name} ${about.version} (${about.license})\n${"=".repeat(80)}\n\n${text}\n`;
}
