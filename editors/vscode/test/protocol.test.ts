// The server, as the library of the client talks to it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import {
  CodeActionRequest,
  CompletionRequest,
  createProtocolConnection,
  DiagnosticRefreshRequest,
  DidOpenTextDocumentNotification,
  DocumentDiagnosticRequest,
  DocumentFormattingRequest,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  RegistrationRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type CodeAction,
} from "vscode-languageserver-protocol/node";

const TEXT = 'name = "Web"\ntag = ["v1.0.0", "default"]\nfrom = "debian:12"\n[[steps]]\nr';

test("the server answers VS Code's library", async () => {
  const sbx = process.env["SBX"];
  assert.ok(sbx, "the variable SBX is not set");
  const server = spawn(sbx, ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise((resolve) => server.on("exit", resolve));
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  connection.onRequest(RegistrationRequest.type, () => undefined);
  connection.onRequest(DiagnosticRefreshRequest.type, () => undefined);
  connection.listen();
  const { serverInfo } = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      textDocument: { completion: { completionItem: { snippetSupport: true } }, diagnostic: {} },
      workspace: { diagnostics: { refreshSupport: true } },
    },
  });
  assert.equal(serverInfo?.name, "sbx");
  await connection.sendNotification(InitializedNotification.type, {});

  const textDocument = { uri: "untitled:Untitled-1" };
  const item = { ...textDocument, languageId: "sandbox-toml", version: 1, text: TEXT };
  await connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument: item });
  const report = await connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument });
  assert.ok(report.kind === "full");
  const diagnostics = report.items;
  assert.ok(diagnostics.length > 0 && diagnostics.every(({ source, code }) => source === "sbx" && code));

  const position = { line: 4, character: 1 };
  const completions = await connection.sendRequest(CompletionRequest.type, { textDocument, position });
  const items = Array.isArray(completions) ? completions : (completions?.items ?? []);
  assert.ok(items.some(({ label, filterText }) => label === "run" && filterText === "run"));

  const range = { start: { line: 0, character: 0 }, end: { line: 4, character: 1 } };
  const context = { diagnostics };
  const actions = await connection.sendRequest(CodeActionRequest.type, { textDocument, range, context });
  assert.ok(Array.isArray(actions));
  // A text with a syntax error has no layout.
  const options = { tabSize: 4, insertSpaces: true };
  const edits = await connection.sendRequest(DocumentFormattingRequest.type, { textDocument, options });
  assert.deepEqual((edits ?? []) as unknown[], []);
  assert.ok((actions as CodeAction[]).every(({ title }) => title));

  await connection.sendRequest(ShutdownRequest.type);
  await connection.sendNotification(ExitNotification.type);
  assert.equal(await exited, 0);
});
