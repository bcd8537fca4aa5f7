// Packs the built package once, installs the tarball once, and hands out small projects that contain the installed files.
// Everything lives in the system's temporary folder, keyed by what is in pkg/, so that test files in parallel processes
// share one installation and a rebuilt package never meets an old one.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The folder `make build` leaves; TOKENWARD_PKG names another, such as an unpacked published version. */
export const pkgDir = process.env.TOKENWARD_PKG ?? fileURLToPath(new URL("../../pkg", import.meta.url));

/** The wasm files: what every page needs, what some ask for, an own login's, and the edge entry's. */
export const wasmFiles = ["tokenward_bg.wasm", "tokenward_full_bg.wasm", "tokenward_login_bg.wasm", "tokenward_edge_bg.wasm"];

const run = promisify(execFile);

async function contentKey() {
  const hash = createHash("sha256");
  const entries = await readdir(pkgDir, { recursive: true }).catch(() => {
    throw new Error("pkg/ is missing: run `make build` first");
  });
  for (const name of entries.sort()) {
    const file = join(pkgDir, name);
    if ((await stat(file)).isFile()) hash.update(name).update("\0").update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}

async function install(into) {
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", into, pkgDir], { cwd: into });
  // npm 11 prints a list, npm 12 an object keyed by package name.
  const [packed] = Object.values(JSON.parse(stdout));
  await rename(join(into, basename(packed.filename)), join(into, "tokenward.tgz"));
  await writeFile(join(into, "package.json"), JSON.stringify({ private: true }));
  // Offline: a package without dependencies must install without a registry.
  await run("npm", ["install", "--offline", "--no-save", "--no-package-lock", "./tokenward.tgz"], { cwd: into });
  await writeFile(join(into, "packed-files.json"), JSON.stringify(packed.files.map((file) => file.path).sort()));
}

let installing;

/** `{ tarball, files, dir }`: the tarball, the paths in it, and the folder of the installed package. */
export function installedPackage() {
  installing ??= (async () => {
    const home = join(tmpdir(), `tokenward-installed-${await contentKey()}`);
    const ready = await stat(home).then(() => true, () => false);
    if (!ready) {
      const attempt = await mkdtemp(join(tmpdir(), "tokenward-installing-"));
      await install(attempt);
      // A rename is atomic: whoever comes second keeps the first one's installation.
      await rename(attempt, home).catch(() => rm(attempt, { recursive: true, force: true }));
    }
    return {
      tarball: join(home, "tokenward.tgz"),
      files: JSON.parse(await readFile(join(home, "packed-files.json"), "utf8")),
      dir: join(home, "node_modules", "tokenward"),
    };
  })();
  return installing;
}

/** A fresh ESM project with the installed package and `files` (path to text), removed when test `t` (or suite) ends. */
export async function project(t, files) {
  const { dir } = await installedPackage();
  const root = await mkdtemp(join(tmpdir(), "tokenward-project-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  await cp(dir, join(root, "node_modules", "tokenward"), { recursive: true });
  for (const [path, text] of Object.entries({ "package.json": '{ "private": true, "type": "module" }', ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}
