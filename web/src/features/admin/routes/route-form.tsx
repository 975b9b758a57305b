import { createModelRoute, updateModelRoute, type ModelRoute } from "@llm-tuner/contract/model-routes.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { useForm } from "react-hook-form";
import { call } from "../../../api/call.ts";
import { servedModelsQuery } from "../../../api/gateway-queries.ts";
import { modelRoutesQuery, offeredModelsQuery, providersKey } from "../../../api/provider-queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { DialogForm } from "../../../ui/dialog-form.tsx";
import { CheckboxField, TextField } from "../../../ui/field.tsx";
import { Suggestions } from "../../../ui/suggestions.tsx";
import { RouteSteps } from "./route-steps.tsx";
import { RouteValues, emptyRoute, requestOfRoute, targetAliases, targetNames, valuesOfRoute } from "./route-values.ts";

/** Names that a step may hold, to choose from; other names may be typed. */
const useTargetNames = (): string[] => {
  const { data: offered } = useQuery(offeredModelsQuery);
  const { data: served } = useQuery(servedModelsQuery);
  const { data: known } = useQuery(modelRoutesQuery);
  return targetNames({
    models: offered?.models ?? [],
    served: (served ?? []).map(({ id }) => id),
    routes: (known?.routes ?? []).map(({ name }) => name),
  });
};

/** Makes a route, or changes `route` for calls that come from then on. */
export const RouteForm = ({ route, onClose }: { route: ModelRoute | undefined; onClose(): void }) => {
  const queries = useQueryClient();
  const names = useId();
  const targets = useTargetNames();
  const form = useForm({
    resolver: zodResolver(RouteValues),
    defaultValues: route === undefined ? emptyRoute : valuesOfRoute(route),
  });
  const { errors, isDirty } = form.formState;
  const save = useFormCall({
    form,
    send: (values) =>
      route === undefined
        ? call(createModelRoute, { body: requestOfRoute(values) })
        : call(updateModelRoute, { params: { id: route.id }, body: requestOfRoute(values) }),
    onDone: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: providersKey });
    },
    aliases: targetAliases,
  });
  return (
    <DialogForm save={save} word={route === undefined ? "Create route" : "Save"} isDirty={isDirty} onCancel={onClose}>
      <TextField
        label="Name"
        help="What programs ask for, such as fast."
        autoComplete="off"
        {...form.register("name")}
        error={errors.name?.message}
      />
      <TextField
        label="Description"
        autoComplete="off"
        {...form.register("description")}
        error={errors.description?.message}
      />
      <Suggestions id={names} words={targets} />
      <RouteSteps form={form} names={names} />
      <CheckboxField label="On" help="A route that is off is not there for programs." {...form.register("enabled")} />
    </DialogForm>
  );
};
