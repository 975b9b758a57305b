import { createLog, type Log } from "../platform/log/log.ts";
import { readEnvironment } from "./environment.ts";
import { explainError } from "./explain-error.ts";
import { runServer } from "./run-server.ts";

const emptyLoopMs = 5000;

/** The process ends when nothing is left to wait for; something that is left by mistake is named, and cut off. */
function expectToEnd(log: Log): void {
  setTimeout(() => {
    log.error({ resources: process.getActiveResourcesInfo() }, "something still runs after everything was stopped");
    process.exit();
  }, emptyLoopMs).unref();
}

async function main(): Promise<void> {
  // Whatever the server writes is for its own user alone, unless a part says otherwise.
  process.umask(0o077);
  const { settings, environment } = await readEnvironment();
  const log = createLog({ level: settings.server.logLevel });
  const ending = Promise.withResolvers<string>();
  const fail = (error: unknown, message: string) => {
    log.error({ error }, message);
    process.exitCode = 1;
    ending.resolve(message);
  };
  process.on("uncaughtException", (error) => fail(error, "an error was not caught"));
  process.on("unhandledRejection", (error) => fail(error, "a rejection was not handled"));
  // npm and a terminal may both pass on the same signal: the second one changes nothing.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ending.resolve(signal));

  const server = await runServer({
    settings,
    environment,
    log,
    onLost: (error) => fail(error, "the database is lost"),
  });
  if (server.url === undefined) console.log("LLM Tuner is ready to work.");
  else console.log(`LLM Tuner is ready at ${server.url}`);
  if (server.setupUrl !== undefined) {
    console.log(`No administrator yet. Open ${server.setupUrl} to become one.`);
  }

  const reason = await ending.promise;
  log.info({ reason }, "stopping");
  await server.stop();
  log.info({}, "stopped");
  expectToEnd(log);
}

try {
  await main();
} catch (error) {
  process.exitCode = explainError(error);
}
