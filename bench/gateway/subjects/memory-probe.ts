/** Loaded into the server before its own code: answers over IPC with the memory that is still in use. */
process.on("message", () => {
  globalThis.gc?.();
  process.send?.(process.memoryUsage());
});
// The server ends when nothing is left to wait for; this channel is nothing to wait for.
process.channel?.unref();
