// The extension: it starts the language server of `sbx`, and restarts it when what it was started
// with changes.
import * as vscode from "vscode";
import { Languages } from "./language";
import { Server } from "./server";
import { Status } from "./status";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("sbx", { log: true });
  const status = new Status();
  const languages = new Languages();
  const started = new Server(output, status, (isRunning) => languages.set(isRunning));
  server = started;
  context.subscriptions.push(
    output,
    status,
    languages,
    vscode.commands.registerCommand("sbx.restart", () => started.restart()),
    vscode.commands.registerCommand("sbx.showOutput", () => output.show()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => started.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("sbx.path") || change.affectsConfiguration("sbx.arguments")) {
        return started.restart();
      }
      return undefined;
    }),
  );
  await started.restart();
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
