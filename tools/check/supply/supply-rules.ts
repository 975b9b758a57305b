import { z } from "zod";

const LockedPackage = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
});
export const LockFile = z.looseObject({ packages: z.record(z.string(), LockedPackage) });
export type LockFile = z.infer<typeof LockFile>;

const dependencies = z.record(z.string(), z.string()).default({});
export const Manifest = z.looseObject({
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
});
export type Manifest = z.infer<typeof Manifest>;

/** What decides over passwords, tokens, requests and the database: each is declared with its one version. */
export const securityPackages = [
  "@node-rs/argon2",
  "@node-rs/bcrypt",
  "jose",
  "oauth4webapi",
  "nodemailer",
  "fastify",
  "pg",
  "pg-boss",
  "undici",
  "zod",
  "@aws-sdk/client-secrets-manager",
] as const;

const nameOf = (path: string): string => path.split("node_modules/").at(-1) ?? path;

/** What comes from a registry, by its place in node_modules. */
export const lockedPackages = ({ packages }: LockFile): [string, z.infer<typeof LockedPackage>][] =>
  Object.entries(packages).filter(([path, { link }]) => path.includes("node_modules/") && link !== true);

/** Every package is bound to its bytes, and comes from the registry that is configured and from nowhere else. */
export const lockFaults = (lock: LockFile): string[] =>
  lockedPackages(lock).flatMap(([path, { version = "", integrity = "", resolved }]) => [
    ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity) ? [] : [`${path} has no SHA-512 of its content`]),
    ...(/^\d+\.\d+\.\d+/.test(version) ? [] : [`${path} has no version`]),
    ...(resolved === undefined ? [] : [`${path} names a place of its own: ${resolved}`]),
  ]);

/** Packages with a script that would run at the installation, as they are installed and as they are known. */
export function installScriptFaults(lock: LockFile, known: Readonly<Record<string, string>>): string[] {
  const found = new Set(
    lockedPackages(lock).flatMap(([path, { hasInstallScript }]) => (hasInstallScript === true ? [nameOf(path)] : [])),
  );
  return [
    ...[...found].filter((name) => known[name] === undefined).map((name) => `${name} brings an install script`),
    ...Object.keys(known)
      .filter((name) => !found.has(name))
      .map((name) => `${name} brings no install script any more`),
  ];
}

const exact = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** One version and no range, except for the parts of this project itself. */
export const pinFaults = (manifests: Readonly<Record<string, Manifest>>): string[] =>
  Object.entries(manifests).flatMap(([path, manifest]) =>
    Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })
      .filter(([name, range]) => !exact.test(range) && !(name.startsWith("@llm-tuner/") && range === "*"))
      .map(([name, range]) => `${path} takes ${name} in any version of "${range}"`),
  );

/** The lock holds each of them once: two versions would be two to watch. */
export const securityPackageFaults = (lock: LockFile): string[] =>
  securityPackages.flatMap((name) => {
    const versions = new Set(
      lockedPackages(lock).flatMap(([path, { version }]) => (nameOf(path) === name ? [version] : [])),
    );
    return versions.size === 1 ? [] : [`${name} is locked in ${versions.size} versions: ${[...versions].join(", ")}`];
  });

/** Lines of a requirements file that name a package in more than one version. */
export const requirementFaults = (lines: readonly string[]): string[] =>
  lines
    .map((line) => line.replace(/#.*$/, "").trim())
    .filter(
      (line) => line !== "" && !line.startsWith("-") && !/^[\w.-]+(?:\[[\w,-]+\])?==[\w.+!]+(?:\s*;.*)?$/.test(line),
    )
    .map((line) => `Python takes any version of "${line}"`);

/** Scripts of packages stay off, also when somebody installs by hand. */
export const npmSettingsFaults = (text: string): string[] => [
  ...(/^ignore-scripts=true$/m.test(text) ? [] : [".npmrc lets install scripts run"]),
  ...(/^save-exact=true$/m.test(text) ? [] : [".npmrc lets new packages be declared as ranges"]),
  ...(/^registry=|:registry=|_auth/m.test(text) ? [".npmrc names a registry or its credentials"] : []),
];
