import { z } from "zod";
import { cursorInvalid } from "./models.errors.ts";
import type { PagePosition } from "./models.store.ts";

const Cursor = z.tuple([z.iso.datetime(), z.string().max(100)]);

/** The opaque text from which `pagePosition` finds the place again. */
export const pageCursor = ({ createdAt, id }: PagePosition): string =>
  Buffer.from(JSON.stringify([createdAt.toISOString(), id])).toString("base64url");

export const pagePosition = (cursor: string): PagePosition => {
  try {
    const [createdAt, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    return { createdAt: new Date(createdAt), id };
  } catch (error) {
    throw cursorInvalid(error);
  }
};
