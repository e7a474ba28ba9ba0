-- What the screens of the test need beside the configuration that people use.
vim.o.swapfile = false
vim.o.ruler = false
vim.o.statusline = "%f %m %= %{luaeval('#vim.diagnostic.get()')} problems"
vim.api.nvim_create_autocmd("DiagnosticChanged", { command = "redrawstatus!" })
