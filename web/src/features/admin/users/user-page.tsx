import type { AdminUser } from "@llm-tuner/contract/admin.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { describeError } from "../../../api/describe-error.ts";
import { userQuery } from "../../../api/queries.ts";
import { Card, Figures, Skeleton } from "../../../ui/card.tsx";
import { Copyable } from "../../../ui/copy.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { ago, count, dateTime } from "../../../ui/format.ts";
import { RawJson } from "../../../ui/raw-json.tsx";
import { UserAccess } from "./user-access.tsx";
import { UserStatus } from "./user-status.tsx";

const waysIn = ({ provider, has_password }: AdminUser): string => {
  const external = provider === "password" ? [] : [provider === "google" ? "Google" : "OpenID Connect"];
  const ways = [...external, ...(has_password ? ["password"] : [])].join(" and ");
  return ways === "" ? "Invited, no password yet" : ways.charAt(0).toUpperCase() + ways.slice(1);
};

const Back = () => (
  <Link to="/admin/users" className="inline-flex items-center gap-1 self-start text-soft hover:text-text">
    <ChevronLeft aria-hidden size={14} />
    All people
  </Link>
);

const Details = ({ person }: { person: AdminUser }) => (
  <Card
    title={
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1 break-all">
        {person.email}
        <span className="text-sm font-normal">
          <UserStatus person={person} />
        </span>
      </span>
    }
  >
    <Figures
      figures={[
        ...(person.full_name === null ? [] : [{ name: "Name", value: person.full_name }]),
        { name: "Signs in with", value: waysIn(person) },
        { name: "Open sessions", value: count(person.open_sessions) },
        { name: "Last sign-in", value: person.last_login === null ? "Never" : ago(person.last_login) },
        { name: "Account since", value: dateTime(person.created_at) },
      ]}
    />
    <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1">
      <Copyable text={person.id} />
      <Link to="/admin/audit" search={{ actor: person.id }} className="text-accent-text hover:underline">
        What they did
      </Link>
      <Link to="/admin/audit" search={{ target: person.id }} className="text-accent-text hover:underline">
        What was done to the account
      </Link>
    </div>
    <div className="mt-2">
      <RawJson value={person} />
    </div>
  </Card>
);

export const UserPage = ({ userId }: { userId: string }) => {
  const { data: person, error, refetch } = useQuery(userQuery(userId));
  return (
    <>
      <Back />
      {error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />}
      {error === null && person === undefined && (
        <>
          <Skeleton className="h-40" />
          <Skeleton className="h-56" />
        </>
      )}
      {person !== undefined && (
        <>
          <Details person={person} />
          <UserAccess person={person} />
        </>
      )}
    </>
  );
};
