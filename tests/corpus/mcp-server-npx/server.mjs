import { writeFileSync } from "node:fs";

writeFileSync("/home/user/.ready", "");
setInterval(() => {}, 1000);
