import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { useQuery } from "@tanstack/react-query";
import { Controller, useWatch, type UseFormReturn } from "react-hook-form";
import { taggingSettingsQuery } from "../../../api/document-queries.ts";
import { Card } from "../../../ui/card.tsx";
import { SelectField, TextAreaField, TextField } from "../../../ui/field.tsx";
import { Term } from "../../../ui/term.tsx";
import { ModelPicker } from "../../../ui/model-picker.tsx";
import { modeWords, taggerWord } from "../document-words.ts";
import { useTaggerModels } from "../tagger-choices.ts";
import type { AddValues } from "./add-values.ts";
import { LanguageChoice, type LanguageChoiceProps } from "./language-choice.tsx";

export type AddForm = UseFormReturn<AddValues, unknown, AddValues>;

/** The most spoken ones of documents; the API takes every ISO 639 code. */
const tagLanguages = "en de fr es it pt nl pl cs sv da no fi el ro hu tr uk ru ar he hi zh ja ko vi id".split(" ");
/** Those whose recognition is part of the platform. */
const recognisedLanguages = ["en", "de", "fr", "es"];

const taggerHelp = {
  offline: "Picks the most telling words of each document itself. Free and quick, but it has no understanding.",
  model: "A model reads each document and suggests tags. It is paid by its tokens.",
} as const;

const TaggerFields = ({ form }: { form: AddForm }) => {
  const { register, control, formState } = form;
  const { data: settings } = useQuery(taggingSettingsQuery);
  const models = useTaggerModels();
  const tagger = useWatch({ control, name: "tagger" });
  const hasNone = models?.length === 0;
  const meant = tagger === "settings" ? (settings?.tagger === offlineTagger ? "offline" : "model") : tagger;
  return (
    <>
      <SelectField
        label="Who suggests tags"
        help={hasNone ? `${taggerHelp[meant]} There is no model to choose yet.` : taggerHelp[meant]}
        {...register("tagger")}
      >
        <option value="settings">
          {settings === undefined ? "As in your settings" : `As in your settings: ${taggerWord(settings.tagger)}`}
        </option>
        <option value="offline">Offline tagger — needs no model</option>
        <option value="model" disabled={hasNone}>
          A model
        </option>
      </SelectField>
      {tagger === "model" && models !== undefined && (
        <div>
          <Controller
            control={control}
            name="model"
            render={({ field }) => (
              <ModelPicker label="Model" choices={models} model={field.value} onChange={field.onChange} />
            )}
          />
          {formState.errors.model !== undefined && (
            <p role="alert" className="text-xs text-danger">
              {formState.errors.model.message}
            </p>
          )}
        </div>
      )}
    </>
  );
};

type LanguageFieldProps = Omit<LanguageChoiceProps, "chosen" | "onChange"> & {
  form: AddForm;
  name: "languages" | "ocrLanguages";
};

const LanguageField = ({ form: { control }, name, ...rest }: LanguageFieldProps) => (
  <Controller
    control={control}
    name={name}
    render={({ field }) => <LanguageChoice {...rest} chosen={field.value} onChange={field.onChange} />}
  />
);

const TagFields = ({ form }: { form: AddForm }) => {
  const { register, control, formState } = form;
  const mode = useWatch({ control, name: "mode" });
  return (
    <>
      <SelectField label="Which tags" {...register("mode")}>
        {(["prefer_existing", "free", "closed"] as const).map((value) => (
          <option key={value} value={value}>
            {modeWords[value]}
          </option>
        ))}
      </SelectField>
      {mode === "closed" && (
        <TextAreaField
          label="The list"
          rows={4}
          help="One tag a line. Empty: the tags that you have already."
          {...register("closedTags")}
          error={formState.errors.closedTags?.message}
        />
      )}
      <TextField
        label="Tags for each document, at most"
        type="number"
        min={1}
        max={30}
        {...register("maxTags")}
        error={formState.errors.maxTags?.message}
      />
      <LanguageField
        form={form}
        name="languages"
        label="Language of the tags"
        none="The language of each document"
        help="Several: each tag in one of them."
        offered={tagLanguages}
        max={5}
      />
      <SelectField
        label={<Term meaning="Accepted tags are what search, exports and training go by.">Accept at once</Term>}
        {...register("autoAccept")}
      >
        <option value="none">Nothing: I decide</option>
        <option value="existing">Tags that I accepted before</option>
        <option value="all">Everything that is suggested</option>
      </SelectField>
    </>
  );
};

const TextRecognition = ({ form }: { form: AddForm }) => {
  const { register, control } = form;
  const ocr = useWatch({ control, name: "ocr" });
  return (
    <>
      <SelectField
        label={<Term meaning="Reads text in pictures of pages, such as scans. It is slower.">Text recognition</Term>}
        {...register("ocr")}
      >
        <option value="auto">Where a file holds too little text</option>
        <option value="always">Always</option>
        <option value="off">Never</option>
      </SelectField>
      {ocr !== "off" && (
        <LanguageField
          form={form}
          name="ocrLanguages"
          label="Languages on scans"
          none="Found out by the platform"
          help="Fewer languages are quicker and surer."
          offered={recognisedLanguages}
          max={4}
        />
      )}
    </>
  );
};

/** How the documents shall be treated. */
export const OptionFields = ({ form, hasRows }: { form: AddForm; hasRows: boolean }) => (
  <Card title="Options">
    <div className="grid items-start gap-4 sm:grid-cols-2">
      <TaggerFields form={form} />
      <TagFields form={form} />
      <TextRecognition form={form} />
      {hasRows && (
        <TextField
          label="Column of addresses"
          placeholder="Found out by the platform"
          help="Its heading in the spreadsheet."
          {...form.register("urlColumn")}
          error={form.formState.errors.urlColumn?.message}
        />
      )}
      <TextField
        label="Name of the job"
        placeholder="By what it is made of"
        autoComplete="off"
        {...form.register("name")}
        error={form.formState.errors.name?.message}
      />
    </div>
  </Card>
);
