import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { locate, type Found, type NotFound, type Request } from "../src/locate";

const root = mkdtempSync(join(tmpdir(), "sbx-vscode-"));
after(() => rmSync(root, { recursive: true }));

/** A program that says a version, and has the language server or not. */
function program(path: string, version: string, hasServer = true): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\ncase $1 in --version) echo '${version}';; *) exit ${hasServer ? 0 : 2};; esac\n`);
  chmodSync(file, 0o755);
  return file;
}

const workspace = join(root, "workspace");
const home = join(root, "home");
const inModules = program("workspace/node_modules/.bin/sbx", "sbx 1.0.0");
const inVenv = program("venv-only/.venv/bin/sbx", "sbx 1.1.0");
const onPath = program("bin/sbx", "sbx 2.0.0");
const ofDocker = program("docker/sbx", "Docker Sandboxes 0.9.1");
const tooOld = program("old/sbx", "sbx 0.0.1", false);
const inHome = program("home/own/sbx", "sbx 3.0.0-rc.1");
const path = [join(root, "bin")];

function request(change: Partial<Omit<Request, "path">> & { path?: string[] }): Promise<Found | NotFound> {
  const base = { setting: "", folders: [workspace], isTrusted: true, home };
  return locate({ ...base, ...change, path: ["", "relative", ...(change.path ?? path), "/no/such"].join(":") });
}

function reasons(found: Found | NotFound): string {
  assert.ok("reasons" in found, JSON.stringify(found));
  return found.reasons.join(" ");
}

test("the setting is before the workspace, and the workspace before the PATH", async () => {
  const setting = "the setting `sbx.path`";
  assert.deepEqual(await request({ setting: onPath }), { path: onPath, source: setting, version: "2.0.0" });
  assert.deepEqual(await request({}), { path: inModules, source: "the workspace", version: "1.0.0" });
  const folders = [join(root, "empty"), join(root, "venv-only")];
  assert.deepEqual(await request({ folders }), { path: inVenv, source: "the workspace", version: "1.1.0" });
  assert.deepEqual(await request({ folders: [] }), { path: onPath, source: "the PATH", version: "2.0.0" });
});

test("the setting may be relative to the workspace or to the home directory", async () => {
  const source = "the setting `sbx.path`";
  const relative = await request({ setting: "node_modules/.bin/sbx" });
  assert.deepEqual(relative, { path: inModules, source, version: "1.0.0" });
  assert.deepEqual(await request({ setting: "~/own/sbx" }), { path: inHome, source, version: "3.0.0-rc.1" });
});

test("a setting that is wrong is reported, and not replaced", async () => {
  assert.match(reasons(await request({ setting: "/no/such/sbx" })), /names `\/no\/such\/sbx`, which is not a program/);
  assert.match(reasons(await request({ setting: ofDocker })), /is another program/);
  assert.match(reasons(await request({ setting: root })), /is not a program/);
});

test("nothing of a workspace that is not trusted is started", async () => {
  const untrusted = { isTrusted: false };
  assert.deepEqual(await request(untrusted), { path: onPath, source: "the PATH", version: "2.0.0" });
  // Neither by a relative setting, nor by a PATH that leads into it, directly or by a link.
  assert.match(reasons(await request({ ...untrusted, setting: "node_modules/.bin/sbx" })), /until you trust/);
  mkdirSync(join(root, "link"));
  symlinkSync(inModules, join(root, "link/sbx"));
  for (const directory of [dirname(inModules), join(root, "link")]) {
    assert.match(reasons(await request({ ...untrusted, path: [directory] })), /is not trusted.*The PATH has none/);
    assert.ok("version" in (await request({ path: [directory] })));
  }
  const absolute = await request({ ...untrusted, setting: inHome });
  assert.ok("version" in absolute && absolute.version === "3.0.0-rc.1");
});

test("another program of the same name is passed over", async () => {
  const directories = [dirname(ofDocker), dirname(tooOld), ...path];
  const found = await request({ folders: [], path: directories });
  assert.deepEqual(found, { path: onPath, source: "the PATH", version: "2.0.0" });
  const none = reasons(await request({ folders: [], path: directories.slice(0, 2) }));
  assert.match(none, /docker\/sbx` is another program.*old\/sbx` is another program.*The PATH has none/);
});

test("the real program is known", async () => {
  const sbx = process.env["SBX"];
  assert.ok(sbx, "the variable SBX is not set");
  const found = await request({ setting: sbx });
  assert.ok("version" in found, JSON.stringify(found));
});
