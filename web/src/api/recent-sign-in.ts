type Ask = () => Promise<boolean>;

let askPerson: Ask | undefined;
let asking: Promise<boolean> | undefined;

/** Names who asks the person to prove themselves again; the frame of the pages does so once. */
export const answerRecentSignIn = (ask: Ask): (() => void) => {
  askPerson = ask;
  return () => {
    if (askPerson === ask) askPerson = undefined;
  };
};

/** Whether the person has just proved to be there; calls that need it at the same time ask once. */
export const recentSignIn = async (): Promise<boolean> => {
  asking ??= (askPerson?.() ?? Promise.resolve(false)).finally(() => {
    asking = undefined;
  });
  return asking;
};
