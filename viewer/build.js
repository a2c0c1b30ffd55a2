// Bundles src/ into pipeline/seedmask/viewer/page/, which is committed, so that users need no npm.
// The first line of viewer.js names the sources and the code by their SHA-256; a test compares both.

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const page = join(here, "../pipeline/seedmask/viewer/page");

/** SHA-256 over names and contents of everything that the page is built from. */
function sourcesDigest() {
  const sources = readdirSync(join(here, "src")).map((name) => `src/${name}`);
  const sha = createHash("sha256");
  for (const name of ["build.js", "package-lock.json", "package.json", ...sources].sort()) {
    sha
      .update(`${name}\0`)
      .update(readFileSync(join(here, name)))
      .update("\0");
  }
  return sha.digest("hex");
}

/** Licences of the packages whose files went into the bundle. */
function licences(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) folders.add(found[1]);
  }
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json")));
    const file = ["LICENSE", "LICENSE.md"].map((each) => join(here, folder, each)).find(existsSync);
    if (!file) throw new Error(`${name} ships no licence`);
    return `${name} ${version} (${license})\n\n${readFileSync(file, "utf8").trim()}\n`;
  });
}

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  metafile: true,
  write: false,
  // Stores are compressed by zstd alone (pipeline/seedmask/storage/canvas.py); numcodecs' decoders are large and need `eval`.
  alias: {
    "numcodecs/blosc": "./src/no_codec.js",
    "numcodecs/lz4": "./src/no_codec.js",
    "numcodecs/zstd": "./src/zstd.js",
  },
});
const code = result.outputFiles[0].text;
const codeDigest = createHash("sha256").update(code).digest("hex");
const banner = `/* Built from viewer/ by \`make viewer\`. sources ${sourcesDigest()} code ${codeDigest} */\n`;
mkdirSync(page, { recursive: true });
writeFileSync(join(page, "viewer.js"), banner + code);
for (const name of ["index.html", "style.css"]) copyFileSync(join(here, "src", name), join(page, name));
const heading = "viewer.js contains code of these packages:\n";
const rule = `\n${"-".repeat(80)}\n\n`;
writeFileSync(join(page, "LICENSES.txt"), [heading, ...licences(Object.keys(result.metafile.inputs))].join(rule));
console.log(`viewer.js: ${Math.round((banner + code).length / 1024)} KB`);
