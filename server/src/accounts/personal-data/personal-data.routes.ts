import { deleteMe, exportMe } from "@llm-tuner/contract/accounts.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { PersonalDataUsecases } from "./personal-data.usecases.ts";
import { zipOf } from "./zip-archive.ts";

interface RouteDependencies {
  personalData: PersonalDataUsecases;
  /** Set-Cookie lines that take the session's cookies from the browser. */
  clearCookies: () => string[];
}

export const createPersonalDataRoutes = ({ personalData, clearCookies }: RouteDependencies): readonly Route[] => [
  route(exportMe, async ({ caller, signal }) => ({
    status: 200,
    headers: { "content-disposition": `attachment; filename="llm-tuner-data.zip"` },
    body: zipOf(await personalData.archive(caller), signal),
  })),
  route(deleteMe, async ({ caller, body }) => {
    await personalData.close({ ...caller, email: body.email });
    return {
      status: 202,
      headers: { "set-cookie": clearCookies() },
      body: { message: "Your account is closed. What it owned is being removed." },
    };
  }),
];
