import { SettingsError } from "../platform/config/read-settings.ts";
import { StartupError } from "../platform/config/startup-error.ts";

// From sysexits.h: what the person set is wrong, so trying again changes nothing.
const configurationExitCode = 78;

/** Prints why the program cannot go on, in the words meant for the person at the terminal, and gives the exit code. */
export function explainError(error: unknown): number {
  if (error instanceof SettingsError) {
    for (const fault of error.faults) console.error(fault);
    return configurationExitCode;
  }
  if (error instanceof StartupError) console.error(`${error.message}\n${error.remedy}`);
  else console.error(error);
  return 1;
}
