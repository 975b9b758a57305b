import { once } from "node:events";
import { Worker } from "node:worker_threads";

/**
 * Ends this process when the server is gone. The end of the channel alone would not do it: code that hangs never sees
 * it, and would keep a processor busy for ever. A thread of its own still runs then.
 */
const watchParent = async (): Promise<void> => {
  const source = `
    const parent = process.ppid;
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 500);
  `;
  const worker = new Worker(source, { eval: true, env: {}, resourceLimits: { maxOldGenerationSizeMb: 16 } });
  // Until then it needs this thread, which may hang from its first request on.
  await once(worker, "online");
  worker.unref();
};

/**
 * The child's side of a pool: call it once, at the end of the module that the pool forks. Requests come one at a time.
 * A handler that throws loses its process: what has failed in a way that nobody foresaw is not used again. Requests are
 * not checked, as they come from this program itself, and a child that loads no schemas starts sooner and is smaller.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- It is what comes through the channel.
export const serveRequests = <Request>(
  handle: (request: Request, report: (event: unknown) => void) => unknown,
): void => {
  const send = (message: unknown): void => {
    process.send?.(message);
  };
  process.once("disconnect", () => process.exit());
  process.on("message", (request: Request) => {
    void (async () => {
      try {
        const result = await handle(request, (event) => send({ kind: "event", event }));
        send({ kind: "result", result });
      } catch (error) {
        send({ kind: "thrown", detail: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    })();
  });
  void (async () => {
    await watchParent();
    send({ kind: "ready" });
  })();
};
