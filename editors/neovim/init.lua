vim.lsp.enable("sbx")

vim.api.nvim_create_autocmd("LspAttach", {
  callback = function(attached)
    local client = vim.lsp.get_client_by_id(attached.data.client_id)
    if not client or client.name ~= "sbx" then
      return
    end
    -- Complete while you type; CTRL-X CTRL-O asks for completions anywhere.
    vim.lsp.completion.enable(true, client.id, attached.buf, { autotrigger = true })
    -- `grf` applies all fixes that cannot change the meaning.
    vim.keymap.set("n", "grf", function()
      vim.lsp.buf.code_action({ context = { only = { "source.fixAll" } }, apply = true })
    end, { buffer = attached.buf, desc = "Fix all" })
    -- Format on save.
    vim.api.nvim_create_autocmd("BufWritePre", {
      buffer = attached.buf,
      callback = function()
        vim.lsp.buf.format({ bufnr = attached.buf, id = client.id })
      end,
    })
  end,
})
