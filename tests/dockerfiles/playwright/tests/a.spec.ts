the file tests/a.spec.ts
