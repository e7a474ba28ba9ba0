// The language of manifests. Without a server they become TOML, so that an extension for TOML, such
// as Even Better TOML, shows what the schema knows.
import * as vscode from "vscode";

const OWN = "sandbox-toml";
const TOML = "toml";

export function isManifest(document: vscode.TextDocument): boolean {
  return document.languageId === OWN || isNamed(document);
}

function isNamed(document: vscode.TextDocument): boolean {
  return /(^|[/.])sandbox\.toml$/.test(document.uri.path);
}

/** Gives the open manifests, and those that are opened, the language for whether there is a server. */
export class Languages implements vscode.Disposable {
  private isRunning = true;
  private readonly listener = vscode.workspace.onDidOpenTextDocument((document) => this.assign(document));

  async set(isRunning: boolean): Promise<void> {
    this.isRunning = isRunning;
    await Promise.all(vscode.workspace.textDocuments.map((document) => this.assign(document)));
  }

  private async assign(document: vscode.TextDocument): Promise<void> {
    const [from, to] = this.isRunning ? [TOML, OWN] : [OWN, TOML];
    if (document.languageId !== from || !isNamed(document)) return;
    if (this.isRunning && !this.changed.has(document.uri.toString())) return;
    if (!(await vscode.languages.getLanguages()).includes(to)) return;
    this.changed.add(document.uri.toString());
    await vscode.languages.setTextDocumentLanguage(document, to);
  }

  /** Those that were changed here, and not by the person. */
  private readonly changed = new Set<string>();

  dispose(): void {
    this.listener.dispose();
  }
}
