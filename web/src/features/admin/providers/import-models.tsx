import {
  checkProviderConnection,
  importOfferedModels,
  type ConnectionCheck,
  type ProviderConnection,
} from "@llm-tuner/contract/providers.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { providersKey } from "../../../api/provider-queries.ts";
import { useAct } from "../../../api/use-act.ts";
import { Button } from "../../../ui/button.tsx";
import { Skeleton } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { CheckboxField, TextField } from "../../../ui/field.tsx";
import { count } from "../../../ui/format.ts";
import { problemWords } from "./connection-words.tsx";

/** As many as one import takes, and as many as are shown at once. */
const maxChosen = 200;

interface ChooseProps {
  connection: ProviderConnection;
  listed: readonly string[];
  /** Names that are on offer already. */
  offered: ReadonlySet<string>;
  onClose(): void;
}

const Choose = ({ connection, listed, offered, onClose }: ChooseProps) => {
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const found = listed.filter((name) => name.toLowerCase().includes(search.trim().toLowerCase()));
  const shown = found.slice(0, maxChosen);
  const offer = useAct({
    act: () => call(importOfferedModels, { params: { id: connection.id }, body: { models: [...chosen] } }),
    changes: [providersKey],
    notice: ({ added }) => `${count(added.length)} ${added.length === 1 ? "model is" : "models are"} on offer now.`,
    onDone: onClose,
  });
  const choose = (names: readonly string[], isChosen: boolean): void =>
    setChosen((before) => {
      const after = new Set(before);
      for (const name of names) {
        if (isChosen && after.size < maxChosen) after.add(name);
        if (!isChosen) after.delete(name);
      }
      return after;
    });
  const choosable = shown.filter((name) => !offered.has(name));
  const areAllChosen = choosable.length > 0 && choosable.every((name) => chosen.has(name));
  return (
    <div className="flex flex-col gap-3">
      <TextField label="Search" type="search" value={search} onChange={({ target }) => setSearch(target.value)} />
      <CheckboxField
        label={`All ${count(choosable.length)} below that are not on offer`}
        checked={areAllChosen}
        disabled={choosable.length === 0}
        onChange={({ target }) => choose(choosable, target.checked)}
      />
      <fieldset className="max-h-72 overflow-y-auto rounded-md border border-line p-3">
        <legend className="sr-only">Models that the provider lists</legend>
        <div className="flex flex-col gap-2">
          {shown.map((name) => (
            <CheckboxField
              key={name}
              label={<span className="break-all">{name}</span>}
              help={offered.has(name) ? "On offer already." : undefined}
              disabled={offered.has(name)}
              checked={offered.has(name) || chosen.has(name)}
              onChange={({ target }) => choose([name], target.checked)}
            />
          ))}
          {shown.length === 0 && <p className="text-soft">No name has this in it.</p>}
        </div>
      </fieldset>
      {found.length > shown.length && (
        <p className="text-xs text-faint">{count(found.length - shown.length)} more: search for them.</p>
      )}
      <div className="flex items-center justify-end gap-2">
        <span aria-live="polite" className="mr-auto text-soft">
          {count(chosen.size)} chosen
        </span>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" disabled={chosen.size === 0} isBusy={offer.isPending} onClick={() => offer.mutate()}>
          Offer them
        </Button>
      </div>
    </div>
  );
};

const refusal = ({ problem, message }: ConnectionCheck) => ({
  message: problem === null ? message : `${problemWords[problem]}.`,
  remedy: problem === null ? undefined : message,
});

/** Models from the provider's own list, asked for when the dialog opens. */
export const ImportModels = ({ connection, ...choose }: Omit<ChooseProps, "listed">) => {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: [...providersKey, "listed", connection.id],
    queryFn: () => call(checkProviderConnection, { params: { id: connection.id } }),
    gcTime: 0,
    retry: false,
    // What is chosen of it would go with it.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const again = (): void => void refetch();
  if (error !== null) return <ErrorPanel error={describeError(error)} onRetry={again} />;
  if (data === undefined || (isFetching && !data.ok)) return <Skeleton className="h-72" />;
  if (!data.ok) return <ErrorPanel error={refusal(data)} onRetry={again} />;
  return <Choose connection={connection} listed={data.models} {...choose} />;
};
