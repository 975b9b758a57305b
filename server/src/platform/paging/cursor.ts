import { z } from "zod";
import { appError } from "../errors.ts";
import { unstorableIn } from "../text/storable-text.ts";

/** Where a page of a list ordered by creation ends; the next one begins after it. */
export interface PagePosition {
  createdAt: Date;
  id: string;
}

const Cursor = z.tuple([
  z.iso.datetime(),
  z
    .string()
    .min(1)
    .max(100)
    .refine((id) => unstorableIn(id) === undefined),
]);

const invalidCursor = (cause: unknown) =>
  appError({
    code: "invalid_cursor",
    status: 400,
    message: "This cursor does not come from an earlier page of a list.",
    details: {
      places: [{ field: "cursor" }],
      remedy: "Pass next_cursor of the page before, or none for the first page.",
    },
    cause,
  });

/** The opaque text of a position; `parseCursor` reads it. */
export const formatCursor = ({ createdAt, id }: PagePosition): string =>
  Buffer.from(JSON.stringify([createdAt.toISOString(), id])).toString("base64url");

/** The position of a cursor, null for the first page; throws a 400 for anything else. */
export function parseCursor(cursor: string | undefined): PagePosition | null {
  if (cursor === undefined) return null;
  try {
    const [createdAt, id] = Cursor.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    return { createdAt: new Date(createdAt), id };
  } catch (error) {
    throw invalidCursor(error);
  }
}

/**
 * One page of `rows`, of which the store read one more than `limit`: that one only tells that another page follows.
 */
export function pageOf<Row>(
  rows: readonly Row[],
  { limit, position }: { limit: number; position: (row: Row) => PagePosition },
): { rows: readonly Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: last !== undefined && rows.length > limit ? formatCursor(position(last)) : null };
}
