const { pidFile } = require("@repo/shared");
require("node:fs").writeFileSync(pidFile, String(process.pid));
setInterval(() => {}, 1000);
