the file main.go
