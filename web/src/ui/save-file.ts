/** The name that a Content-Disposition header gives to a file, without any folder in it. */
export const fileNameOf = (disposition: string | null): string | undefined =>
  /filename="?([^";]+)"?/
    .exec(disposition ?? "")?.[1]
    ?.split(/[/\\]/)
    .at(-1);

/** Puts a file among the browser's downloads. */
export const saveFile = (content: Blob, name: string): void => {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of the content by the next turn.
  setTimeout(() => URL.revokeObjectURL(url));
};
