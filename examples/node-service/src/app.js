import { fileURLToPath } from "node:url";

import express from "express";

import { counters } from "./routes/counters.js";

export function createApp() {
  const app = express();
  app.use(express.json());
  app.use(express.static(fileURLToPath(new URL("../public", import.meta.url))));
  app.get("/health", (request, response) => response.json({ status: "ok" }));
  app.use("/counters", counters());
  return app;
}
