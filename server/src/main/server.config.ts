import { z } from "zod";
import { setting } from "../platform/config/setting.ts";
import { logLevels } from "../platform/log/log.ts";

/** 32 bytes: 64 hexadecimal digits, or base64. */
const MasterKey = z
  .string()
  .regex(/^(?:[0-9a-f]{64}|[\w+/-]{43}=?)$/i, "must be 32 random bytes, such as `openssl rand -hex 32` prints")
  .transform((text) => Buffer.from(text, text.length === 64 ? "hex" : "base64"));

const MasterKeys = z
  .string()
  .transform((text) => text.split(",").map((key) => key.trim()))
  .pipe(z.array(MasterKey));

const PostgresUrl = z
  .string()
  .refine(
    (text) => /^postgres(?:ql)?:\/\//.test(text),
    "must begin with postgresql://, such as postgresql://user:password@host:5432/name",
  );

export const serverSettings = {
  production: setting({
    env: "PRODUCTION",
    description:
      "Set to true where other people use the server: settings that are only safe for trying it out are refused then.",
    schema: z.stringbool().default(false),
  }),
  mode: setting({
    env: "PROCESS_MODE",
    description: "What this process does: web answers requests, worker does the background work, all does both.",
    schema: z.enum(["all", "web", "worker"]).default("all"),
  }),
  host: setting({
    env: "HOST",
    description: "Address that the server listens on; 0.0.0.0 or :: for all networks of the machine.",
    schema: z.string().min(1).max(255).default("127.0.0.1"),
  }),
  port: setting({
    env: "PORT",
    description: "Port that the server listens on; 0 takes any free one.",
    schema: z.coerce.number().int().min(0).max(65_535).default(5000),
  }),
  dataDir: setting({
    env: "DATA_DIR",
    description:
      "Folder of everything that the server keeps: uploads, runs, models and the embedded database. Relative to the project.",
    schema: z.string().min(1).default(".data"),
  }),
  databaseUrl: setting({
    env: "DATABASE_URL",
    description:
      "PostgreSQL 14 or newer to use instead of the embedded one, such as postgresql://user:password@host:5432/name.",
    schema: PostgresUrl.optional(),
    secret: true,
  }),
  databasePoolSize: setting({
    env: "DATABASE_POOL_SIZE",
    description: "Connections to the database that this process keeps at most.",
    schema: z.coerce.number().int().min(2).max(200).default(12),
  }),
  embeddedPostgresUser: setting({
    env: "EMBEDDED_POSTGRES_USER",
    description: "Unprivileged user that the embedded database runs as when the server is started by root.",
    schema: z
      .string()
      .regex(/^[\w.-]+$/, "must be the name of a user")
      .default("nobody"),
  }),
  secretKey: setting({
    env: "SECRET_KEY",
    description:
      "Master key under which stored secrets are encrypted. Without it one is made in the data directory at the first start.",
    schema: MasterKey.optional(),
    secret: true,
  }),
  formerSecretKeys: setting({
    env: "SECRET_KEY_PREVIOUS",
    description:
      "Master keys of before, separated by commas, newest first: they decrypt and never encrypt. Needed until `npm run admin -- rotate-master-key` has run.",
    schema: MasterKeys.default([]),
    secret: true,
  }),
  pythonPath: setting({
    env: "PYTHON_PATH",
    description: "Python of the trainer's environment. Relative to the project.",
    schema: z.string().min(1).default("trainer/.venv/bin/python"),
  }),
  webDirectory: setting({
    env: "WEB_DIRECTORY",
    description:
      "Folder of the built web client. Relative to the project; when it does not exist, only the API answers.",
    schema: z.string().min(1).default("web/dist"),
  }),
  logLevel: setting({
    env: "LOG_LEVEL",
    description: "How much is written to the log (standard error, one JSON object a line).",
    schema: z.enum(logLevels).default("info"),
  }),
  stopSeconds: setting({
    env: "STOP_TIMEOUT_SECONDS",
    description: "How long answers in progress may take when the server stops.",
    schema: z.coerce.number().int().min(1).max(600).default(30),
  }),
} as const;
