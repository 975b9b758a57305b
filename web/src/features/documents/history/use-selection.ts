import { useState } from "react";

/** Things that were chosen, over as many pages as the person likes. */
export const useSelection = () => {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  return {
    chosen,
    set: (ids: readonly string[], isChosen: boolean): void =>
      setChosen((present) => {
        const next = new Set(present);
        for (const id of ids) {
          if (isChosen) next.add(id);
          else next.delete(id);
        }
        return next;
      }),
    clear: (): void => setChosen(new Set()),
  };
};
