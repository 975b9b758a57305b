import { encodeText } from "../json.ts";

/** The last event of a streamed answer that came to its end; its absence tells a client that something is missing. */
export const openAiDoneEvent = encodeText("data: [DONE]\n\n");
