export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const objectOr = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const listOr = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const objectsOr = (value: unknown): JsonObject[] => listOr(value).filter(isObject);
export const textOr = (value: unknown, other = ""): string => (typeof value === "string" ? value : other);
export const numberOr = (value: unknown, other: number): number => (typeof value === "number" ? value : other);

/** Most fields may be null, which means the same as leaving them out. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
