import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { UsageOf } from "../../api/usage-queries.ts";
import type { RequestSearch } from "./usage-search.ts";

const linkClass = "font-medium text-accent-text hover:underline";

/** To the request log with these filters; administrators have one over everybody's requests. */
export const RequestsLink = ({ of, search, children }: { of: UsageOf; search: RequestSearch; children: ReactNode }) => (
  <Link to={of === "me" ? "/usage/requests" : "/admin/usage/requests"} search={search} className={linkClass}>
    {children}
  </Link>
);

/** To why a request cost what it cost. */
export const RequestLink = ({ of, requestId, children }: { of: UsageOf; requestId: string; children: ReactNode }) => (
  <Link
    to={of === "me" ? "/usage/requests/$requestId" : "/admin/usage/requests/$requestId"}
    params={{ requestId }}
    className={linkClass}
  >
    {children}
  </Link>
);
