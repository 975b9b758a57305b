import * as contract from "@llm-tuner/contract/documents.ts";
import { create as contentDisposition } from "content-disposition";
import { route, type Route } from "../../../platform/http/route.ts";
import type { Exports } from "./export.usecases.ts";

const contentTypes: Readonly<Record<string, string>> = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  jsonl: "application/jsonl; charset=utf-8",
};

export const createExportRoutes = (exports: Exports): Route[] => [
  route(contract.exportDocuments, async ({ caller, body }) => {
    if (body.format === "training_data") {
      const { dataset, examples, leftOut } = await exports.createDataset(caller.userId, body);
      const left_out = Object.values(leftOut).reduce((sum, count) => sum + count, 0);
      return { status: 201 as const, body: { dataset, examples, left_out, left_out_because: leftOut } };
    }
    return {
      status: 200 as const,
      headers: {
        "cache-control": "private, no-store",
        "content-disposition": contentDisposition(`documents.${body.format}`),
        "content-type": contentTypes[body.format] ?? "application/octet-stream",
      },
      body: await exports.download(caller.userId, body),
    };
  }),
];
