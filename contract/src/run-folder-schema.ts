import { z } from "zod";
import {
  Heartbeat,
  ModelManifest,
  ParityRecord,
  RunJob,
  ServeJob,
  ServingAnnouncement,
  TrainerEvent,
  TrainingExample,
} from "./run-folder.ts";

const documents = {
  RunJob,
  TrainerEvent,
  TrainingExample,
  Heartbeat,
  ParityRecord,
  ModelManifest,
  ServeJob,
  ServingAnnouncement,
};

/** JSON Schema (2020-12) of each document in a run folder or serving folder, by name, for the Python side. */
export const buildRunFolderSchemas = (): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(documents).map(([name, schema]) => [name, z.toJSONSchema(schema, { target: "draft-2020-12" })]),
  );
