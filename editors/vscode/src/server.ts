// The language server: starting it, stopping it, and what the person sees of it.
import { homedir } from "node:os";
import * as vscode from "vscode";
import {
  DocumentFormattingRequest,
  LanguageClient,
  State,
  type DocumentSelector,
  type DynamicFeature,
  type TextDocumentRegistrationOptions,
} from "vscode-languageclient/node";
import { locate, type Found } from "./locate";
import type { Status } from "./status";

/** What is checked. */
const MANIFESTS: DocumentSelector = [
  { language: "sandbox-toml" },
  { scheme: "file", pattern: "**/sandbox.toml" },
  { scheme: "file", pattern: "**/*.sandbox.toml" },
];

/** What manifests refer to: their texts count while they are not saved. */
const OTHERS: DocumentSelector = [
  { scheme: "file", language: "dockerfile" },
  { scheme: "file", pattern: "**/*.dockerignore" },
];

export class Server {
  private client: LanguageClient | undefined;
  /** Starts and stops are done one after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly output: vscode.LogOutputChannel,
    private readonly status: Status,
    /** Called with whether there is a server. */
    private readonly changed: (isRunning: boolean) => Promise<void>,
  ) {}

  restart(): Promise<void> {
    return this.enqueue(async () => {
      await this.end();
      await this.start();
    });
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.end());
  }

  private enqueue(task: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(task).catch((error: unknown) => this.failed(error));
    return this.queue;
  }

  private async start(): Promise<void> {
    const found = await locate({
      setting: vscode.workspace.getConfiguration("sbx").get("path", "").trim(),
      folders: (vscode.workspace.workspaceFolders ?? [])
        .filter((folder) => folder.uri.scheme === "file")
        .map((folder) => folder.uri.fsPath),
      isTrusted: vscode.workspace.isTrusted,
      home: homedir(),
      path: process.env["PATH"] ?? "",
    });
    if ("reasons" in found) {
      this.status.missing(found.reasons);
      this.output.error(`There is no \`sbx\`. ${found.reasons.join(" ")}`);
      await this.changed(false);
      void this.advise(found.reasons);
      return;
    }
    this.output.info(`sbx ${found.version} from ${found.source}: ${found.path}`);
    this.status.starting(found);
    const client = this.create(found);
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) this.status.running(found);
      if (newState === State.Stopped) this.status.stopped(found);
    });
    this.client = client;
    await client.start();
    await this.changed(true);
  }

  private create(found: Found): LanguageClient {
    const more = vscode.workspace.getConfiguration("sbx").get<string[]>("arguments", []);
    const run = { command: found.path, args: ["lsp", ...more] };
    const client = new LanguageClient("sbx", "sbx", run, {
      documentSelector: [...MANIFESTS, ...OTHERS],
      outputChannel: this.output,
    });
    // It would be one more formatter of every Dockerfile, which it does not format.
    const formatting = client.getFeature(DocumentFormattingRequest.method) as
      unknown as DynamicFeature<TextDocumentRegistrationOptions>;
    const register = formatting.register.bind(formatting);
    formatting.register = (data) =>
      register({ ...data, registerOptions: { ...data.registerOptions, documentSelector: MANIFESTS } });
    return client;
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }

  private async advise(reasons: string[]): Promise<void> {
    const install = "How to Install";
    const settings = "Open Settings";
    const trust = "Manage Workspace Trust";
    const message = `There is no \`sbx\` to check this manifest with. ${reasons.join(" ")} Install it, or set \`sbx.path\`.`;
    const buttons = vscode.workspace.isTrusted ? [install, settings] : [install, settings, trust];
    const chosen = await vscode.window.showWarningMessage(message, ...buttons);
    if (chosen === install) await vscode.env.openExternal(vscode.Uri.parse("https://github.com/sbx-dev/sbx#try-it"));
    if (chosen === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "sbx.path");
    if (chosen === trust) await vscode.commands.executeCommand("workbench.trust.manage");
  }

  private async failed(error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    this.output.error(message);
    this.status.failed(message);
    await this.changed(false);
    const show = "Show Output";
    void vscode.window.showErrorMessage(`The language server of sbx did not start: ${message}`, show).then((chosen) => {
      if (chosen === show) this.output.show();
    });
  }
}
