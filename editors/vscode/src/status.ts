// The item in the status bar, which is there while a manifest is.
import * as vscode from "vscode";
import type { Found } from "./locate";
import { isManifest } from "./language";

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("sbx", vscode.StatusBarAlignment.Right);
  private readonly listener: vscode.Disposable;

  constructor() {
    this.item.name = "sbx";
    this.item.command = "sbx.showOutput";
    this.listener = vscode.window.onDidChangeActiveTextEditor(() => this.show());
    this.show();
  }

  starting(found: Found): void {
    this.set(`$(sync~spin) sbx ${found.version}`, origin(found));
  }

  running(found: Found): void {
    this.set(`$(check) sbx ${found.version}`, origin(found));
  }

  stopped(found: Found): void {
    this.set(`$(circle-slash) sbx ${found.version}`, `${origin(found)}\n\nIt is not running.`);
  }

  missing(reasons: string[]): void {
    this.set("$(warning) sbx", `There is no \`sbx\`. ${reasons.join(" ")}`);
  }

  failed(message: string): void {
    this.set("$(error) sbx", message);
  }

  private set(text: string, tooltip: string): void {
    this.item.text = text;
    this.item.tooltip = new vscode.MarkdownString(tooltip);
    this.show();
  }

  private show(): void {
    const document = vscode.window.activeTextEditor?.document;
    // A panel of output in front of a manifest counts as an editor.
    if (document?.uri.scheme === "output") return;
    if (document && isManifest(document)) this.item.show();
    else this.item.hide();
  }

  dispose(): void {
    this.listener.dispose();
    this.item.dispose();
  }
}

function origin(found: Found): string {
  return `sbx ${found.version} from ${found.source}: \`${found.path}\``;
}
