import { setPrice, usageBucketNames, type UsageBucketName } from "@llm-tuner/contract/prices.ts";
import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import { call } from "../../../api/call.ts";
import { pricesKey, providersKey } from "../../../api/provider-queries.ts";
import { useFormCall } from "../../../api/use-form-call.ts";
import { DialogForm } from "../../../ui/dialog-form.tsx";
import { FieldGroup, TextField } from "../../../ui/field.tsx";
import { Suggestions } from "../../../ui/suggestions.tsx";
import { Term } from "../../../ui/term.tsx";
import { showNotice } from "../../../ui/toasts.tsx";
import { bucketWords, unitWords } from "./bucket-words.ts";
import { PriceValues, requestOfPrice } from "./price-values.ts";

type Form = UseFormReturn<PriceValues, unknown, PriceValues>;

/** Those that nearly every price has; the others are a click away. */
const usual: readonly UsageBucketName[] = ["input_uncached", "output_text", "input_cache_read", "input_cache_write_5m"];
const rare = usageBucketNames.filter((bucket) => !usual.includes(bucket));

const RateField = ({ form, bucket }: { form: Form; bucket: UsageBucketName }) => {
  const { word, meaning, unit } = bucketWords[bucket];
  return (
    <TextField
      label={<Term meaning={meaning}>{word}</Term>}
      inputMode="decimal"
      autoComplete="off"
      help={unitWords[unit]}
      {...form.register(`rates.${bucket}`)}
      error={form.formState.errors.rates?.[bucket]?.message}
    />
  );
};

const RateFields = ({ form }: { form: Form }) => {
  const { rates } = form.formState.defaultValues ?? {};
  const hasRare = rare.some((bucket) => (rates?.[bucket] ?? "") !== "");
  return (
    <FieldGroup label="Rates in US dollars">
      <div className="grid grid-cols-2 items-start gap-3">
        {usual.map((bucket) => (
          <RateField key={bucket} form={form} bucket={bucket} />
        ))}
      </div>
      <details open={hasRare}>
        <summary className="cursor-pointer py-1 text-soft hover:text-text">
          Reasoning, sound, pictures, video, and long cache
        </summary>
        <div className="mt-2 grid grid-cols-2 items-start gap-3">
          {rare.map((bucket) => (
            <RateField key={bucket} form={form} bucket={bucket} />
          ))}
        </div>
      </details>
    </FieldGroup>
  );
};

const WhatFor = ({ form, providers }: { form: Form; providers: readonly string[] }) => {
  const list = useId();
  const { errors } = form.formState;
  return (
    <div className="grid grid-cols-2 items-start gap-3">
      <TextField
        label={
          <Term meaning="openai, anthropic, gemini, or the name of a connection to an OpenAI-compatible server.">
            Provider
          </Term>
        }
        list={list}
        autoComplete="off"
        {...form.register("provider")}
        error={errors.provider?.message}
      />
      <Suggestions id={list} words={providers} />
      <TextField
        label="Model"
        placeholder="gpt-5*"
        help="A name; * stands for anything."
        autoComplete="off"
        {...form.register("model_pattern")}
        error={errors.model_pattern?.message}
      />
      <TextField
        label={<Term meaning="The provider's word for it, such as priority or batch.">Service tier</Term>}
        placeholder="The ordinary one"
        autoComplete="off"
        {...form.register("service_tier")}
        error={errors.service_tier?.message}
      />
      <TextField
        label={
          <Term meaning="Some providers charge the whole request more when its input is long.">From input of</Term>
        }
        placeholder="0"
        help="Tokens."
        inputMode="numeric"
        {...form.register("min_input_tokens")}
        error={errors.min_input_tokens?.message}
      />
    </div>
  );
};

interface PriceFormProps {
  initial: PriceValues;
  /** Offered to choose from; another word may be typed. */
  providers: readonly string[];
  onClose(): void;
}

/** Sets a price from a moment on. What was billed before stays as it is. */
export const PriceForm = ({ initial, providers, onClose }: PriceFormProps) => {
  const queries = useQueryClient();
  const form = useForm({ resolver: zodResolver(PriceValues), defaultValues: initial });
  const { errors, isDirty } = form.formState;
  const save = useFormCall({
    form,
    send: (values) => call(setPrice, { body: requestOfPrice(values) }),
    onDone: ({ provider, model_pattern }) => {
      showNotice(`The price of ${model_pattern} at ${provider} is set.`);
      onClose();
      return Promise.all([pricesKey, providersKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
  return (
    <DialogForm save={save} word="Set the price" isDirty={isDirty} onCancel={onClose}>
      <WhatFor form={form} providers={providers} />
      <RateFields form={form} />
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <TextField
          label="Holds from"
          type="datetime-local"
          help="Your time. Empty: from now on."
          {...form.register("valid_from")}
          error={errors.valid_from?.message}
        />
        <TextField
          label="Source"
          placeholder="an administrator"
          help="Where the figures come from."
          autoComplete="off"
          {...form.register("source")}
          error={errors.source?.message}
        />
      </div>
    </DialogForm>
  );
};
