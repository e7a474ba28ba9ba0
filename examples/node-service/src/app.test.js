import assert from "node:assert/strict";
import { test } from "node:test";

import { createApp } from "./app.js";

test("a counter counts", async () => {
  const server = createApp().listen(0);
  try {
    const url = `http://localhost:${server.address().port}/counters/visits`;
    await fetch(url, { method: "POST" });
    const body = await (await fetch(url)).json();
    assert.deepEqual(body, { name: "visits", count: 1 });
  } finally {
    server.close();
  }
});
