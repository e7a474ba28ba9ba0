// The extension in the workbench of VS Code, in a browser: what a person sees, clicks and types.
//
// usage: node workbench.mjs NODE_MODULES URL PROJECT SCREENS
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, url, project, screens] = process.argv.slice(2);
const { chromium } = createRequire(pathToFileURL(`${modules}/`))("playwright-core");
const PATIENCE = 60_000;
/** The language of the editor's text. */
const MODE = "[id='status.editor.mode']";

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
page.setDefaultTimeout(PATIENCE);
let count = 0;

/** Waits for an element, and for a text in it. */
async function sees(selector, text) {
  const element = page.locator(selector);
  const found = text === undefined ? element : element.filter({ hasText: text });
  await found.first().waitFor();
  return found.first();
}

async function step(name, task) {
  try {
    await task();
  } catch (error) {
    await page.screenshot({ path: join(screens, "failed.png") });
    console.error(`vscode: ${name} FAILED`);
    throw error;
  }
  count += 1;
  await page.screenshot({ path: join(screens, `${count}-${name.replaceAll(" ", "-")}.png`) });
  console.log(`vscode: ${name}`);
}

/** Types into the input that a key opens, and takes the choice that has a text. */
async function pick(key, typed, choice = typed) {
  await page.keyboard.press(key);
  await sees(".quick-input-widget input");
  await page.keyboard.type(typed);
  await sees(".quick-input-list .monaco-list-row.focused", choice);
  await page.keyboard.press("Enter");
}

async function open(name) {
  await pick("Control+P", name);
  await sees(".tab.active", name);
}

const command = (name) => pick("F1", name);

/** Puts the cursor before a column of a line. */
const goTo = (line, column) => pick("Control+G", `${line}:${column}`, `${line}`);

/** Waits for a line of the text, which is shown with spaces that do not break. */
const line = (text) => sees(".view-line", new RegExp(`^${text.replaceAll(" ", "\\s")}`));

/** Puts the focus into the text. */
const focus = () => command("View: Focus Active Editor Group");

const text = (name) => readFileSync(join(project, name), "utf8");

async function saves(name, expected) {
  await page.keyboard.press("Control+S");
  const end = Date.now() + PATIENCE;
  while (!expected.test(text(name))) {
    assert.ok(Date.now() < end, `${name} has no ${expected}:\n${text(name)}`);
    await page.waitForTimeout(100);
  }
}

await page.goto(`${url}/?folder=${project}`);
await sees(".monaco-workbench");

await step("not trusted", async () => {
  await sees(".statusbar-item", "Restricted Mode");
  await open("sandbox.toml");
  // The only `sbx` is the workspace's own.
  await sees(".notification-list-item", "The workspace is not trusted");
  // Without a server it is TOML, for an extension that knows the schema.
  await sees(MODE, /^TOML$/);
});
await step("trusted", async () => {
  await command("Workspaces: Manage Workspace Trust");
  await (await sees(".workspace-trust-buttons-row .monaco-button", "Trust")).click();
  await open("sandbox.toml");
  await sees(".statusbar-item", /sbx \d+\.\d+\.\d+/);
  await sees(MODE, /^sandbox\.toml$/);
});
await step("problems", async () => {
  await command("Problems: Focus on Problems View");
  await sees(".markers-panel .monaco-list-row", "unknown key `tag` in the manifest");
  await sees(".markers-panel .monaco-list-row", "`COPPY` is not an instruction");
});
await step("code actions", async () => {
  await focus();
  await goTo(3, 1);
  await page.keyboard.press("Control+.");
  await (await sees(".action-widget .monaco-list-row", "write `tags`")).click();
  await line("tags = ");
});
await step("hover", async () => {
  await goTo(6, 1);
  await command("Show or Focus Hover");
  await sees(".monaco-hover", "A Dockerfile to translate");
  await page.keyboard.press("Escape");
});
await step("all fixed", async () => {
  await command("Fix All");
  await line("mode = 0o755");
  await line('name = "web');
  await goTo(13, 9);
  await page.keyboard.press("Control+Shift+ArrowRight");
  await page.keyboard.type("entrypoint");
});
await step("completion", async () => {
  await goTo(22, 1);
  await page.keyboard.insertText("\n[[steps]]\n");
  await page.keyboard.type("ru");
  await sees(".suggest-widget .monaco-list-row.focused", "run");
  await page.keyboard.press("Enter");
  await line("run = ");
  await page.keyboard.type("mkdir -p data");
});
await step("formatted on save", async () => {
  await saves("sandbox.toml", /run = "mkdir -p data"\n\n\[start\]/);
});
await step("another file", async () => {
  await open("Dockerfile");
  await goTo(3, 1);
  await page.keyboard.press("Control+Shift+ArrowRight");
  await page.keyboard.type("COPY");
  await saves("Dockerfile", /^COPY app/m);
  // The manifest, which is not shown, has a warning that the corrected Dockerfile causes.
  await sees(".markers-panel .monaco-list-row", "does not exist when the start command runs");
});
await step("no problems", async () => {
  await open("sandbox.toml");
  await goTo(21, 16);
  await page.keyboard.insertText("--app-dir /srv ");
  await sees(".markers-panel", "No problems have been detected");
  await saves("sandbox.toml", /app-dir/);
});
await step("which sbx", async () => {
  await command("sbx: Restart Language Server");
  await command("sbx: Show Output");
  await sees(".panel .view-lines", /sbx\s\d+\.\d+\.\d+\sfrom\sthe\sworkspace:\s.*node_modules\/\.bin\/sbx/);
  const item = await sees(".statusbar-item", /sbx \d+\.\d+\.\d+/);
  await item.hover();
  await sees(".monaco-hover", /from the workspace: .*node_modules\/\.bin\/sbx/);
});
await browser.close();
console.log(`${count} passed, 0 failed`);
