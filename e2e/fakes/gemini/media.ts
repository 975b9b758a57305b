import type { Behaviour } from "../behaviour.ts";
import { numberOr, objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import { mp4Bytes, pngBase64 } from "../media.ts";
import { ProviderError, type FakeRequest, type Reply } from "../reply.ts";
import { seededId } from "../seeded.ts";
import { billed, usageOf } from "../usage.ts";
import { invalid } from "./errors.ts";
import { checkModel } from "./models.ts";

interface Job {
  polls: number;
  failure: string | undefined;
  refusal: string | undefined;
  count: number;
}

/** Videos that are being made, by the name of their operation. */
export type Operations = Map<string, Job>;

const askedOf = (body: JsonObject): { prompt: string; parameters: JsonObject } => {
  const prompt = textOr(objectsOr(body["instances"])[0]?.["prompt"]);
  if (prompt === "") throw invalid("Prompt cannot be empty.");
  const strange = Object.keys(body).find((name) => name !== "instances" && name !== "parameters");
  if (strange !== undefined)
    throw invalid(`Invalid JSON payload received. Unknown name "${strange}": Cannot find field.`);
  return { prompt, parameters: objectOr(body["parameters"]) };
};

/** `:predict` of Imagen: pictures by the piece, four when nothing is said. */
export const predict = ({ body }: FakeRequest, model: string, behaviour: Behaviour): Reply => {
  checkModel(model, "predict");
  if (!model.startsWith("imagen-")) checkModel("missing", "predict");
  const { parameters } = askedOf(body);
  const count = numberOr(parameters["sampleCount"], 4);
  if (count < 1 || count > 4) throw invalid(`sampleCount must be between 1 and 4, inclusive: ${count}`);
  const refusal = behaviour.answer?.refusal;
  if (refusal !== undefined) {
    const predictions =
      parameters["includeRaiReason"] === true ? { predictions: [{ raiFilteredReason: refusal }] } : {};
    return { kind: "json", usage: usageOf(), body: predictions, reportsUsage: false };
  }
  const usage = billed(usageOf({ images: count }), behaviour);
  const predictions = Array.from({ length: count }, () => ({ mimeType: "image/png", bytesBase64Encoded: pngBase64 }));
  return { kind: "json", usage, body: { predictions }, reportsUsage: false };
};

/** `:predictLongRunning` of Veo: seconds are billed with the call that orders them, unless the job will fail. */
export const predictLongRunning = (
  { body, call }: FakeRequest,
  model: string,
  behaviour: Behaviour,
  operations: Operations,
): Reply => {
  checkModel(model, "predictLongRunning");
  if (!model.startsWith("veo-")) checkModel("missing", "predictLongRunning");
  const { parameters } = askedOf(body);
  const seconds = numberOr(parameters["durationSeconds"], 8);
  if (seconds < 4 || seconds > 8)
    throw invalid(
      `The number value for \`durationSeconds\` is out of bound. Please provide a value between 4 and 8, inclusive.`,
    );
  const count = numberOr(parameters["sampleCount"], 1);
  const { failure, refusal } = behaviour.answer ?? {};
  const name = `models/${model}/operations/${seededId("", `${call}`)}`;
  operations.set(name, { polls: 0, failure, refusal, count });
  const isBilled = failure === undefined && refusal === undefined;
  const usage = isBilled ? billed(usageOf({ videoSeconds: seconds * count }), behaviour) : usageOf();
  return { kind: "json", usage, body: { name }, reportsUsage: false };
};

const resultOf = ({ failure, refusal, count }: Job, name: string, host: string): JsonObject => {
  if (failure !== undefined) return { error: { code: 13, message: `The fake was told to fail: ${failure}` } };
  const id = name.slice(name.lastIndexOf("/") + 1);
  const samples = Array.from({ length: count }, (_, at) => ({
    video: { uri: `http://${host}/v1beta/files/${id}${at}:download?alt=media` },
  }));
  const generateVideoResponse =
    refusal === undefined
      ? { generatedSamples: samples }
      : { raiMediaFilteredCount: count, raiMediaFilteredReasons: [refusal] };
  const type = "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse";
  return { response: { "@type": type, generateVideoResponse } };
};

/** `GET /v1beta/models/{m}/operations/{id}`: done at the second look. */
export const getOperation = ({ path, headers }: FakeRequest, operations: Operations): Reply => {
  const name = path.slice(path.indexOf("models/"));
  const job = operations.get(name);
  if (job === undefined) throw new ProviderError(404, "Requested entity was not found.");
  job.polls += 1;
  const done = job.polls < 2 ? {} : { done: true, ...resultOf(job, name, textOr(headers.host)) };
  return { kind: "json", usage: usageOf(), body: { name, ...done }, reportsUsage: false };
};

/** `GET /v1beta/files/{id}:download?alt=media`. */
export const downloadFile = ({ path, query }: FakeRequest, operations: Operations): Reply => {
  const [, id = ""] = /\/files\/(\w+)\d:download$/.exec(path) ?? [];
  const isMade = [...operations].some(([name, job]) => name.endsWith(`/${id}`) && job.polls >= 2);
  if (!isMade || query.get("alt") !== "media") throw new ProviderError(404, "Requested entity was not found.");
  return { kind: "bytes", usage: usageOf(), bytes: mp4Bytes, contentType: "video/mp4" };
};
