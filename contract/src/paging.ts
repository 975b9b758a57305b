import { z } from "zod";

/** Query of every list: a bounded page and an opaque cursor taken from the previous answer's `next_cursor`. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(200).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** `next_cursor` is null on the last page. */
export const NextCursor = z.string().nullable();

/** ISO 8601 in UTC, such as `2026-11-21T10:00:00.000Z`. */
export const Timestamp = z.iso.datetime();
