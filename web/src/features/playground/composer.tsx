import { ImagePlus, X } from "lucide-react";
import { useRef, type ClipboardEvent } from "react";
import { Button } from "../../ui/button.tsx";
import { money } from "../../ui/format.ts";
import { Term } from "../../ui/term.tsx";
import { showError } from "../../ui/toasts.tsx";
import { pictureTypes, withFiles } from "./picture-files.ts";
import { isBusy, type Picture, type PlaygroundState } from "./playground-state.ts";

interface ComposerProps {
  state: PlaygroundState;
  /** Why nothing can be sent now, in words. */
  obstacle: string | undefined;
  canSeePictures: boolean;
  /** About the most that the answers can cost; null when it cannot be said. */
  estimateNanoUsd: number | null;
  onChange(change: Partial<PlaygroundState>): void;
  onSend(): void;
  onStop(): void;
}

const Pictures = ({ pictures, onChange }: { pictures: readonly Picture[]; onChange(pictures: Picture[]): void }) => (
  <ul className="flex flex-wrap gap-2">
    {pictures.map((picture, index) => (
      <li key={picture.dataUrl} className="relative">
        <img src={picture.dataUrl} alt={picture.name} className="size-16 rounded-md border border-line object-cover" />
        <button
          type="button"
          aria-label={`Take ${picture.name} away`}
          className="absolute -top-1 -right-1 rounded-full border border-line bg-raised p-0.5 text-soft hover:text-text"
          onClick={() => onChange(pictures.filter((_, other) => other !== index))}
        >
          <X aria-hidden size={12} />
        </button>
      </li>
    ))}
  </ul>
);

const PictureButton = ({ isDisabled, onFiles }: { isDisabled: boolean; onFiles(files: File[]): void }) => {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        aria-label="Attach pictures"
        title={isDisabled ? "A chosen model cannot see pictures" : "Attach pictures"}
        disabled={isDisabled}
        onClick={() => input.current?.click()}
      >
        <ImagePlus aria-hidden size={16} />
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Pictures"
        accept={pictureTypes.join(",")}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          // The same file can be chosen once more.
          target.value = "";
        }}
      />
    </>
  );
};

const Estimate = ({ nanoUsd }: { nanoUsd: number | null }) => (
  <span className="text-xs text-faint">
    {nanoUsd === null ? (
      "No estimate of the cost"
    ) : (
      <Term meaning="If every model writes as many tokens as it may. What it really cost stands under each answer.">
        {`Up to about ${money(nanoUsd)}`}
      </Term>
    )}
  </span>
);

export const Composer = (props: ComposerProps) => {
  const { state, obstacle, canSeePictures, estimateNanoUsd, onChange, onSend, onStop } = props;
  const busy = isBusy(state);
  const isEmpty = state.draft.trim() === "" && state.draftPictures.length === 0;
  const addFiles = async (files: File[]): Promise<void> => {
    const { pictures, faults } = await withFiles(state.draftPictures, files);
    onChange({ draftPictures: pictures });
    for (const fault of faults) showError(fault);
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...event.clipboardData.files];
    if (files.length === 0 || !canSeePictures) return;
    event.preventDefault();
    void addFiles(files);
  };
  return (
    <form
      className="z-10 flex flex-col gap-3 rounded-lg border border-line bg-raised p-3 shadow-card sm:sticky sm:bottom-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isEmpty && !busy && obstacle === undefined) onSend();
      }}
    >
      <textarea
        aria-label="Your message"
        placeholder="Ask something"
        rows={3}
        value={state.draft}
        onPaste={onPaste}
        onChange={({ target }) => onChange({ draft: target.value })}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
        }}
        className="max-h-72 min-h-20 w-full resize-y rounded-md border border-line bg-surface p-3 placeholder:text-faint hover:border-line-strong"
      />
      {state.draftPictures.length > 0 && (
        <Pictures pictures={state.draftPictures} onChange={(draftPictures) => onChange({ draftPictures })} />
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        {busy ? (
          <Button look="danger" onClick={onStop}>
            Stop
          </Button>
        ) : (
          <Button type="submit" look="primary" disabled={isEmpty || obstacle !== undefined}>
            Send
          </Button>
        )}
        <PictureButton isDisabled={!canSeePictures} onFiles={(files) => void addFiles(files)} />
        <Estimate nanoUsd={estimateNanoUsd} />
        <span className="ml-auto hidden text-xs text-faint sm:inline">Ctrl or ⌘ and Enter sends</span>
      </div>
      {obstacle !== undefined && (
        <p role="status" className="text-xs text-danger">
          {obstacle}
        </p>
      )}
    </form>
  );
};
