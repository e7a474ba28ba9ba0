import { Router } from "express";

export function counters() {
  const counts = new Map();
  const router = Router();

  router.get("/:name", (request, response) => {
    const { name } = request.params;
    response.json({ name, count: counts.get(name) ?? 0 });
  });

  router.post("/:name", (request, response) => {
    const { name } = request.params;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    response.status(201).json({ name, count: counts.get(name) });
  });

  return router;
}
