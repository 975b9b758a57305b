import type { User } from "@llm-tuner/contract/accounts.ts";
import { useQuery } from "@tanstack/react-query";
import { describeError } from "../../../api/describe-error.ts";
import { meQuery, signInOptionsQuery } from "../../../api/queries.ts";
import { Card, Figures, Skeleton } from "../../../ui/card.tsx";
import { Copyable } from "../../../ui/copy.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { dateTime } from "../../../ui/format.ts";
import { EmailCard } from "./email-card.tsx";
import { NameForm } from "./name-form.tsx";
import { PasswordCard } from "./password-card.tsx";

const tierMeaning = "The bundle of limits that holds for your account: requests, tokens and spending.";

const Account = ({ person, provider }: { person: User; provider: string }) => (
  <Card title="Account">
    <Figures
      figures={[
        { name: "You sign in with", value: person.provider === "password" ? "E-mail and password" : provider },
        { name: "Role", value: person.role === "admin" ? "Administrator" : "User" },
        { name: "Tier", meaning: tierMeaning, value: person.tier },
        { name: "Account since", value: dateTime(person.created_at) },
      ]}
    />
    <div className="mt-3 text-soft">
      <Copyable text={person.id} />
    </div>
  </Card>
);

export const ProfilePage = () => {
  const { data: person, error, refetch } = useQuery(meQuery);
  const { data: options } = useQuery(signInOptionsQuery);
  const refused = error !== null && <ErrorPanel error={describeError(error)} onRetry={() => void refetch()} />;
  if (person === undefined) {
    if (refused !== false) return refused;
    return (
      <>
        <Skeleton className="h-36" />
        <Skeleton className="h-44" />
        <Skeleton className="h-52" />
      </>
    );
  }
  const provider = options?.external_provider?.name ?? "another provider";
  // What is there stays when it cannot be read again, and with it what was typed.
  return (
    <>
      {refused}
      <Account person={person} provider={provider} />
      <NameForm person={person} />
      <EmailCard person={person} />
      <PasswordCard person={person} provider={provider} />
    </>
  );
};
