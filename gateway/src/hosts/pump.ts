/** Where bytes go; `write` is false when the other side takes them more slowly than they come. */
export interface Sink {
  write(bytes: Uint8Array): boolean;
  once(event: "drain", listener: () => void): unknown;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    return signal.addEventListener("abort", () => resolve(), { once: true });
  });

/**
 * Writes a body as fast as it is taken. When `gone` is aborted the body is cancelled and the rest of it not read. Rejects when
 * the body breaks off.
 */
export const pump = async (body: ReadableStream<Uint8Array> | null, sink: Sink, gone: AbortSignal): Promise<void> => {
  if (body === null) return;
  const reader = body.getReader();
  const left = aborted(gone).then(() => undefined);
  for (;;) {
    const next = await Promise.race([reader.read(), left]);
    if (next === undefined) return reader.cancel();
    if (next.done) return;
    if (!sink.write(next.value))
      await Promise.race([new Promise<void>((resolve) => sink.once("drain", resolve)), left]);
  }
};
