import { unsafeObjectKey } from "./object-store-errors.ts";

/** One part of a key: begins with a letter, digit or underscore, so that it is never `.`, `..` or a hidden name. */
const segment = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
const maxKeyLength = 900;

/** Throws unless the key is made of safe parts joined by single slashes. */
export function assertSafeKey(key: string): void {
  if (key.length > maxKeyLength || !key.split("/").every((part) => segment.test(part))) throw unsafeObjectKey();
}

/** Throws unless the prefix is the beginning of a key that could be safe. */
export function assertSafePrefix(prefix: string): void {
  if (prefix !== "") assertSafeKey(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
}

/**
 * A user's file name as the last part of a key: ASCII letters, digits, `.`, `_` and `-`, at most 80 characters, with
 * its extension. It only makes keys readable; what tells objects apart is the id before it.
 */
export function safeFilename(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? "";
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(base)?.[0] ?? "";
  const stem = base
    .slice(0, base.length - extension.length)
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replaceAll(/\.{2,}/g, ".")
    .replace(/^[^A-Za-z0-9_]+/, "")
    .slice(0, 80 - extension.length);
  return (stem === "" ? "file" : stem) + extension;
}
