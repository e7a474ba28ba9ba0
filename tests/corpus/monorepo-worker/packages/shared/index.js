module.exports = { pidFile: "worker.pid" };
