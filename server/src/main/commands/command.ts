import type { AccountCommands } from "../../accounts/account-commands.ts";
import type { Envelope } from "../../platform/crypto/envelope.ts";
import type { Database } from "../../platform/database/database.ts";
import type { UsageCommands } from "../../usage/usage-commands.ts";
import type { Settings } from "../all-settings.ts";

/** An installation that a command works on. */
export interface Installation {
  settings: Settings;
  database: Database;
  envelope: Envelope;
  accounts: AccountCommands;
  usage: UsageCommands;
  /** The file of the master key; undefined when the key is given by a setting. */
  masterKeyFile: string | undefined;
  /** False when this command alone has the data directory. With a database of its own, nobody can tell. */
  mayBeServed: boolean;
}

/** Says something to the person at the terminal. */
export type Say = (line: string) => void;

export interface Command {
  name: string;
  /** One line in the list of commands. */
  summary: string;
  /** What somebody has to know before using it; printed by `--help`. */
  help: string;
  /** Gives the exit code: 0 when everything is as it should be. */
  run: (installation: Installation, say: Say) => Promise<number>;
}
