import type { z } from "zod";

/** One environment variable: what it is for, what it may be, and (as the schema's `.default()`) what it is when absent. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  env: string;
  /** For the person who runs the server: one or two sentences. */
  description: string;
  schema: Schema;
  /** Its value is never printed, neither in a log nor in an error. */
  secret?: boolean;
}

/** The settings of one domain by the name under which its code reads them. */
export type SettingsGroup = Record<string, Setting>;

/** Identity function that keeps the schema's type, so that a domain's config is typed by its settings. */
export const setting = <Schema extends z.ZodType>(definition: Setting<Schema>): Setting<Schema> => definition;

/** The parsed values of a group, as a domain's factory receives them. */
export type SettingsOf<Group extends SettingsGroup> = { [Name in keyof Group]: z.output<Group[Name]["schema"]> };
