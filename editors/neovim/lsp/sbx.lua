return {
  cmd = { "sbx", "lsp" },
  -- Ignore files, such as `.dockerignore`, have the file type `gitignore`.
  filetypes = { "toml", "dockerfile", "gitignore" },
  root_markers = { "sandbox.toml", ".git" },
}
