import { createApiKey } from "@llm-tuner/contract/api-keys.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call.ts";
import { describeError } from "../../api/describe-error.ts";
import { apiKeysQuery } from "../../api/queries.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Copyable } from "../../ui/copy.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { TextField } from "../../ui/field.tsx";

const day = 86_400_000;

/** Makes a key for a program. Its secret is on this page once, until the person leaves it or makes another. */
export const NewKey = () => {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [days, setDays] = useState("");
  const create = useMutation({
    mutationFn: () =>
      call(createApiKey, {
        body: { name, ...(days === "" ? {} : { expires_at: new Date(Date.now() + Number(days) * day).toISOString() }) },
      }),
    onSuccess: async () => {
      setName("");
      await queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
    },
  });
  return (
    <Card title="New key">
      <form
        className="grid items-start gap-4 sm:grid-cols-[1fr_10rem_auto]"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextField
          label="Name"
          help="Which program will use it. It may ask models and list them, nothing else."
          required
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <TextField
          label="Valid for days"
          help="Empty: until you revoke it."
          type="number"
          min={1}
          max={3650}
          value={days}
          onChange={({ target }) => setDays(target.value)}
        />
        <Button
          type="submit"
          look="primary"
          className="sm:mt-6"
          isBusy={create.isPending}
          disabled={name.trim() === ""}
        >
          Create key
        </Button>
      </form>
      {create.error !== null && <ErrorPanel error={describeError(create.error)} />}
      {create.data !== undefined && (
        <div role="status" className="mt-3 rounded-md bg-success-soft p-3">
          <p className="mb-1 font-medium">Copy the key of “{create.data.key.name}” now: it is shown this once.</p>
          <Copyable text={create.data.secret} />
        </div>
      )}
    </Card>
  );
};
