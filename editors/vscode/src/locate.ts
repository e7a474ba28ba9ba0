// Which `sbx` is started: that of the setting, of the workspace, or of the PATH.
import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { execFile } from "node:child_process";
import { delimiter, isAbsolute, join, relative, resolve, sep } from "node:path";

/** Where a program comes from, as the person reads it. */
export type Source = "the setting `sbx.path`" | "the workspace" | "the PATH";

export interface Request {
  /** The value of `sbx.path`; empty if it is not set. */
  setting: string;
  /** The folders of the workspace. */
  folders: string[];
  /** Whether the person trusts the workspace. If not, nothing of it is started. */
  isTrusted: boolean;
  home: string;
  /** The variable PATH. */
  path: string;
}

export interface Found {
  path: string;
  source: Source;
  version: string;
}

export interface NotFound {
  /** Why there is none: a sentence for each place. */
  reasons: string[];
}

/** Where a workspace keeps the programs of its packages. */
const IN_WORKSPACE = [join("node_modules", ".bin"), join(".venv", "bin")];

/** How long a program may take to say its version, in milliseconds. */
const PATIENCE = 10_000;

/** The first program that is a language server of manifests. A setting that is wrong is not replaced by another place. */
export async function locate(request: Request): Promise<Found | NotFound> {
  const reasons: string[] = [];
  const attempt = async (path: string, source: Source): Promise<Found | undefined> => {
    if (!(await isExecutable(path))) return undefined;
    const version = await versionOf(path);
    if (version !== undefined) return { path, source, version };
    reasons.push(`\`${path}\` is another program, or an \`sbx\` without \`sbx lsp\`.`);
    return undefined;
  };

  if (request.setting !== "") {
    const path = ofSetting(request);
    if (path === undefined) {
      return { reasons: ["The relative path in the setting `sbx.path` is ignored until you trust the workspace."] };
    }
    const found = await attempt(path, "the setting `sbx.path`");
    if (found) return found;
    if (reasons.length === 0) reasons.push(`The setting \`sbx.path\` names \`${path}\`, which is not a program.`);
    return { reasons };
  }

  const places = request.folders.flatMap((folder) => IN_WORKSPACE.map((place) => join(folder, place, "sbx")));
  for (const path of request.isTrusted ? places : []) {
    const found = await attempt(path, "the workspace");
    if (found) return found;
  }
  if (places.length > 0) {
    reasons.push(
      request.isTrusted
        ? "The workspace has none in `node_modules/.bin` or `.venv/bin`."
        : "The workspace is not trusted, so none of it was started.",
    );
  }

  for (const directory of request.path.split(delimiter)) {
    // A relative directory would be one of whatever directory the editor was started in.
    if (!isAbsolute(directory)) continue;
    const path = join(directory, "sbx");
    if (!request.isTrusted && (await isWithin(path, request.folders))) continue;
    const found = await attempt(path, "the PATH");
    if (found) return found;
  }
  reasons.push("The PATH has none.");
  return { reasons };
}

/** The path that the setting names; `undefined` if it would be one of a workspace that is not trusted. */
function ofSetting({ setting, folders, home, isTrusted }: Request): string | undefined {
  if (setting === "~" || setting.startsWith(`~${sep}`)) return join(home, setting.slice(1));
  if (isAbsolute(setting)) return setting;
  if (!isTrusted) return undefined;
  return resolve(folders[0] ?? home, setting);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Whether a file is below one of the folders, without links. */
async function isWithin(path: string, folders: string[]): Promise<boolean> {
  const real = (path: string) => realpath(path).catch(() => path);
  const file = await real(path);
  for (const folder of folders) {
    const below = relative(await real(folder), file);
    if (!below.startsWith("..") && !isAbsolute(below)) return true;
  }
  return false;
}

/** The version of a program, if it is `sbx` with a language server. Docker has an `sbx` of its own. */
async function versionOf(path: string): Promise<string | undefined> {
  const output = (args: string[]) =>
    new Promise<string | undefined>((resolve) => {
      const child = execFile(path, args, { timeout: PATIENCE, cwd: "/" }, (error, stdout) =>
        resolve(error ? undefined : stdout),
      );
      child.stdin?.end();
    });
  const version = /^sbx (\d+\.\d+\.\d+\S*)$/.exec((await output(["--version"]))?.trim() ?? "")?.[1];
  if (version === undefined || (await output(["lsp", "--help"])) === undefined) return undefined;
  return version;
}
