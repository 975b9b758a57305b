import { ArrowDown, ArrowUp, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useFieldArray, useWatch, type UseFormReturn } from "react-hook-form";
import { Button } from "../../../ui/button.tsx";
import { FieldGroup, TextField } from "../../../ui/field.tsx";
import { shareText } from "./route-order.ts";
import { emptyStep, emptyTarget, maxSteps, maxTargets, type RouteValues } from "./route-values.ts";

type Form = UseFormReturn<RouteValues, unknown, RouteValues>;

interface TargetProps {
  form: Form;
  step: number;
  target: number;
  names: string;
  /** Absent for the only model of a step. */
  onRemove: (() => void) | undefined;
}

const Target = ({ form, step, target, names, onRemove }: TargetProps) => {
  const targets = useWatch({ control: form.control, name: `steps.${step}.targets` });
  const errors = form.formState.errors.steps?.[step]?.targets?.[target];
  const sum = targets.reduce((total, { weight }) => total + Number(weight), 0);
  const share = Number(targets[target]?.weight) / sum;
  const place = `model ${target + 1} of step ${step + 1}`;
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0 flex-1">
        <TextField
          label={<span className="text-xs text-faint">Model</span>}
          aria-label={`Name of ${place}`}
          list={names}
          autoComplete="off"
          {...form.register(`steps.${step}.targets.${target}.model`)}
          error={errors?.model?.message}
        />
      </div>
      {targets.length > 1 && (
        <div className="w-20 shrink-0">
          <TextField
            label={<span className="text-xs text-faint">Weight</span>}
            aria-label={`Weight of ${place}`}
            type="number"
            min={1}
            max={1000}
            help={Number.isFinite(share) && share > 0 ? shareText(share) : undefined}
            {...form.register(`steps.${step}.targets.${target}.weight`)}
            error={errors?.weight?.message}
          />
        </div>
      )}
      {onRemove !== undefined && (
        <Button look="quiet" className="mt-[22px] w-9 px-0" aria-label={`Remove ${place}`} onClick={onRemove}>
          <X aria-hidden size={14} />
        </Button>
      )}
    </div>
  );
};

interface StepProps {
  form: Form;
  step: number;
  steps: number;
  names: string;
  onMove(to: number): void;
  onRemove(): void;
}

const Step = ({ form, step, steps, names, onMove, onRemove }: StepProps) => {
  const { fields, append, remove } = useFieldArray({ control: form.control, name: `steps.${step}.targets` });
  const word = `step ${step + 1}`;
  return (
    <fieldset data-step={step} className="flex flex-col gap-2 rounded-md border border-line p-3">
      <legend className="px-1 text-xs text-faint">
        {step === 0 ? "Step 1: tried first" : `Step ${step + 1}: tried when those above fail`}
      </legend>
      {fields.map(({ id }, target) => (
        <Target
          key={id}
          form={form}
          step={step}
          target={target}
          names={names}
          onRemove={fields.length > 1 ? () => remove(target) : undefined}
        />
      ))}
      <div className="flex flex-wrap items-center gap-1">
        {fields.length < maxTargets && (
          <Button look="quiet" aria-label={`Add a model to ${word}`} onClick={() => append(emptyTarget)}>
            Add a model
          </Button>
        )}
        {steps > 1 && (
          <span className="ml-auto flex gap-1">
            <Button
              look="quiet"
              data-way="up"
              disabled={step === 0}
              aria-label={`Move ${word} up`}
              onClick={() => onMove(step - 1)}
            >
              <ArrowUp aria-hidden size={14} />
            </Button>
            <Button
              look="quiet"
              data-way="down"
              disabled={step === steps - 1}
              aria-label={`Move ${word} down`}
              onClick={() => onMove(step + 1)}
            >
              <ArrowDown aria-hidden size={14} />
            </Button>
            <Button look="quiet" aria-label={`Remove ${word}`} onClick={onRemove}>
              <X aria-hidden size={14} />
            </Button>
          </span>
        )}
      </div>
    </fieldset>
  );
};

interface Moved {
  from: number;
  to: number;
}

/** The steps of a route: what is tried first, and what when that fails. */
export const RouteSteps = ({ form, names }: { form: Form; names: string }) => {
  const { fields, append, move, remove } = useFieldArray({ control: form.control, name: "steps" });
  const list = useRef<HTMLDivElement>(null);
  const [moved, setMoved] = useState<Moved>();
  useEffect(() => {
    if (moved === undefined) return;
    // The step takes the focus along, so that it can be moved on by the same key.
    const buttons = [
      ...(list.current?.querySelectorAll<HTMLButtonElement>(`[data-step="${moved.to}"] [data-way]`) ?? []),
    ].filter((button) => !button.disabled);
    const way = moved.to < moved.from ? "up" : "down";
    (buttons.find((button) => button.dataset["way"] === way) ?? buttons[0])?.focus();
  }, [moved]);
  return (
    <FieldGroup label="Steps" error={form.formState.errors.steps?.message}>
      <div ref={list} className="flex flex-col gap-3">
        {fields.map(({ id }, step) => (
          <Step
            key={id}
            form={form}
            step={step}
            steps={fields.length}
            names={names}
            onMove={(to) => {
              move(step, to);
              setMoved({ from: step, to });
            }}
            onRemove={() => remove(step)}
          />
        ))}
      </div>
      <p aria-live="polite" className="sr-only">
        {moved !== undefined && `Step ${moved.from + 1} is now step ${moved.to + 1}.`}
      </p>
      {fields.length < maxSteps && (
        <div>
          <Button onClick={() => append(emptyStep)}>Add a fallback</Button>
        </div>
      )}
    </FieldGroup>
  );
};
