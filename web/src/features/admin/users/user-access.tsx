import { signOutUser, updateUser, type AdminUser } from "@llm-tuner/contract/admin.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { meQuery } from "../../../api/queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Card } from "../../../ui/card.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { count } from "../../../ui/format.ts";
import { SettingRow } from "../../../ui/setting-row.tsx";
import { TierSelect } from "../tier-select.tsx";

type Change = Parameters<typeof call<typeof updateUser>>[1]["body"];

const useChange = (person: AdminUser, notice: string, onDone?: () => void) =>
  useAct({
    ...(onDone === undefined ? {} : { onDone }),
    act: (body: Change) => call(updateUser, { params: { id: person.id }, body }),
    changes: [["users"], ["tiers"], meQuery.queryKey],
    notice,
  });

const RoleRow = ({ person }: { person: AdminUser }) => {
  const change = useChange(person, "The role is changed.");
  const isAdmin = person.role === "admin";
  return (
    <SettingRow
      title="Role"
      action={
        <Confirm
          trigger={<Button isBusy={change.isPending}>{isAdmin ? "Take the role away" : "Make administrator"}</Button>}
          title={isAdmin ? `Take the role from ${person.email}?` : `Make ${person.email} an administrator?`}
          confirm={isAdmin ? "Take the role away" : "Make administrator"}
          onConfirm={() => change.mutate({ role: isAdmin ? "user" : "admin" })}
        >
          {isAdmin
            ? "They can no longer see these pages. What is their own stays."
            : "They will be able to disable accounts, change limits and read the audit log, as you can."}
        </Confirm>
      }
    >
      {isAdmin ? "Administrator: sees and changes everything on these pages." : "User: sees only what is their own."}
    </SettingRow>
  );
};

const TierRow = ({ person }: { person: AdminUser }) => {
  const [chosen, setChosen] = useState<string>();
  const change = useChange(person, "The tier is changed.", () => setChosen(undefined));
  const tier = chosen ?? person.tier;
  return (
    <div className="flex flex-wrap items-start gap-3 border-t border-line py-3">
      <div className="w-60 max-w-full">
        <TierSelect present={person.tier} value={tier} onChange={({ target }) => setChosen(target.value)} />
      </div>
      <Button
        className="mt-6"
        disabled={tier === person.tier}
        isBusy={change.isPending}
        onClick={() => change.mutate({ tier })}
      >
        Change the tier
      </Button>
    </div>
  );
};

const SessionsRow = ({ person }: { person: AdminUser }) => {
  const signOut = useAct({
    act: () => call(signOutUser, { params: { id: person.id } }),
    changes: [["users"]],
    notice: ({ revoked }) => `${count(revoked)} ${revoked === 1 ? "session has" : "sessions have"} ended.`,
  });
  return (
    <SettingRow
      title="Sessions"
      action={
        <Confirm
          trigger={
            <Button look="danger" isBusy={signOut.isPending} disabled={person.open_sessions === 0}>
              Sign out everywhere
            </Button>
          }
          title={`Sign ${person.email} out everywhere?`}
          confirm="Sign out everywhere"
          onConfirm={() => signOut.mutate()}
        >
          Every device has to sign in again. API keys go on.
        </Confirm>
      }
    >
      {count(person.open_sessions)} open.
    </SettingRow>
  );
};

const StatusRow = ({ person }: { person: AdminUser }) => {
  const change = useChange(person, person.is_active ? "The account is disabled." : "The account is enabled.");
  return (
    <SettingRow
      title={person.is_active ? "Disable the account" : "Enable the account"}
      action={
        person.is_active ? (
          <Confirm
            trigger={
              <Button look="danger" isBusy={change.isPending}>
                Disable
              </Button>
            }
            title={`Disable ${person.email}?`}
            confirm="Disable the account"
            onConfirm={() => change.mutate({ is_active: false })}
          >
            Sessions and API keys are refused within seconds. Nothing is deleted; you can enable the account again.
          </Confirm>
        ) : (
          <Button isBusy={change.isPending} onClick={() => change.mutate({ is_active: true })}>
            Enable
          </Button>
        )
      }
    >
      {person.is_active ? "Shuts the person and their programs out." : "Lets the person and their programs in again."}
    </SettingRow>
  );
};

export const UserAccess = ({ person }: { person: AdminUser }) => {
  const { data: me } = useQuery(meQuery);
  return (
    <Card title="Access">
      {me?.id === person.id && <p className="mb-3 text-soft">This is your own account.</p>}
      <RoleRow person={person} />
      <TierRow person={person} />
      <SessionsRow person={person} />
      <StatusRow person={person} />
    </Card>
  );
};
