interface ChoiceBoxProps {
  /** What is chosen by it. */
  name: string;
  isChosen: boolean;
  onChosen(isChosen: boolean): void;
}

/** Chooses one row of a list, for what is done with several at once. */
export const ChoiceBox = ({ name, isChosen, onChosen }: ChoiceBoxProps) => (
  <input
    type="checkbox"
    aria-label={`Choose ${name}`}
    checked={isChosen}
    onChange={({ target }) => onChosen(target.checked)}
    className="size-4 shrink-0 accent-accent"
  />
);
