import { expect, it } from "vitest";
import { isoOfPdfDate } from "./pdf-date.ts";

it.each([
  ["D:20260314150926+01'00'", "2026-03-14T14:09:26.000Z"],
  ["D:20260314150926-0530", "2026-03-14T20:39:26.000Z"],
  ["D:20260314150926Z", "2026-03-14T15:09:26.000Z"],
  ["20260314", "2026-03-14T00:00:00.000Z"],
  ["D:2026", "2026-01-01T00:00:00.000Z"],
  ["D:20261399", null],
  ["yesterday", null],
  ["", null],
])("reads the date %j", (written, iso) => {
  expect(isoOfPdfDate(written)).toBe(iso);
});
