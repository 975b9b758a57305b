import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { build } from "rolldown";
import { z } from "zod";
import { describeFunctions } from "./functions.suite.ts";
import { describeHost } from "./gateway.suite.ts";
import type { StartHost } from "./surroundings.ts";

const require = createRequire(import.meta.url);

/** The runtime itself, of the package for this machine. */
const workerdPath = (): string => {
  const workerd = createRequire(require.resolve("workerd/package.json"));
  return workerd.resolve(`@cloudflare/workerd-linux-${process.arch === "arm64" ? "arm64" : "64"}/bin/workerd`);
};

const configOf = (environment: Readonly<Record<string, string>>): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .gateway),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const gateway :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["enable_request_signal"],
  bindings = [${Object.entries(environment)
    .map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`)
    .join(", ")}],
);
`;

const listenEvent = z.object({ event: z.literal("listen"), port: z.int() });

const startWorkerd: StartHost = async (environment) => {
  const folder = await mkdtemp(join(tmpdir(), "gateway-worker-"));
  await build({
    input: join(import.meta.dirname, "../../deploy/functions/worker.ts"),
    platform: "browser",
    output: { file: join(folder, "worker.js"), format: "esm" },
    logLevel: "warn",
  });
  await writeFile(join(folder, "config.capnp"), configOf(environment));
  const child = spawn(workerdPath(), ["serve", join(folder, "config.capnp"), "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  // Of the fourth stream only reading is possible.
  const control = child.stdio[3] as Readable;
  // The event carries the line and nothing else.
  const [line] = (await once(createInterface(control), "line")) as [string];
  const { port } = listenEvent.parse(JSON.parse(line));
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const ended = once(child, "exit");
      child.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
};

describeHost("Workers", startWorkerd);
describeFunctions("Workers", startWorkerd);
