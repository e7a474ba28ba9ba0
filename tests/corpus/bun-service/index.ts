import ms from "ms";

Bun.serve({ port: 3000, fetch: () => new Response(String(ms("1m"))) });
