import { parseArgs } from "node:util";
import { createLog } from "../../platform/log/log.ts";
import { readEnvironment } from "../environment.ts";
import { explainError } from "../explain-error.ts";
import { createTeardown } from "../teardown.ts";
import { allCommands } from "./all-commands.ts";
import type { Command } from "./command.ts";
import { openInstallation } from "./open-installation.ts";

// From sysexits.h: the command line is wrong.
const usageExitCode = 64;
const interruptedExitCode = 130;

const width = Math.max(...allCommands.map(({ name }) => name.length));
const usage = `Usage: npm run admin -- <command> [--help]

${allCommands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join("\n")}

Commands use the server's settings, and work while it runs and while it does not.`;

/** The command that is asked for; undefined when help was asked for and given. */
function choose(): Command | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h", default: false } },
  });
  const [name, ...rest] = positionals;
  const command = allCommands.find((candidate) => candidate.name === name);
  if (name === undefined && values.help) {
    console.log(usage);
    return undefined;
  }
  if (name === undefined) throw new Error("Which command?");
  if (command === undefined) throw new Error(`Unknown command "${name}".`);
  if (rest.length > 0) throw new Error(`${command.name} takes nothing more, but was given "${rest.join(" ")}".`);
  if (!values.help) return command;
  console.log(`npm run admin -- ${command.name}\n\n${command.summary}.\n\n${command.help}`);
  return undefined;
}

async function perform(command: Command): Promise<number> {
  process.umask(0o077);
  const { settings } = await readEnvironment();
  // What the server would tell of its start is of no interest here.
  const log = createLog({ level: "warn" });
  const teardown = createTeardown(log);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void teardown.run().finally(() => process.exit(interruptedExitCode)));
  }
  try {
    const installation = await openInstallation({ settings, log, teardown });
    return await command.run(installation, (line) => console.log(line));
  } finally {
    await teardown.run();
  }
}

let command: Command | undefined;
try {
  command = choose();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = usageExitCode;
}
try {
  if (command !== undefined) process.exitCode = await perform(command);
} catch (error) {
  process.exitCode = explainError(error);
}
