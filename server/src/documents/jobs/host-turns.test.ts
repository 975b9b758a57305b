import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { HostTurns } from "./host-turns.ts";

const never = new AbortController().signal;

it("lets so many at once to each host, and whoever waits in the order in which they came", async () => {
  const turns = new HostTurns(2);
  const running: string[] = [];
  const doors = new Map<string, PromiseWithResolvers<void>>();
  const visit = (host: string, name: string) =>
    turns.run(host, never, async () => {
      running.push(name);
      const door = Promise.withResolvers<void>();
      doors.set(name, door);
      await door.promise;
    });
  const visits = [visit("a", "1"), visit("a", "2"), visit("a", "3"), visit("b", "4"), visit("a", "5")];
  await setImmediate();
  expect(running).toEqual(["1", "2", "4"]);
  doors.get("2")?.resolve();
  await visits[1];
  await setImmediate();
  expect(running).toEqual(["1", "2", "4", "3"]);
  for (const name of ["1", "3", "4"]) doors.get(name)?.resolve();
  await visits[2];
  await setImmediate();
  expect(running.at(-1)).toBe("5");
  doors.get("5")?.resolve();
  await Promise.all(visits);
});

it("lets somebody who gives up out of the row, and frees the turn of work that fails", async () => {
  const turns = new HostTurns(1);
  const door = Promise.withResolvers<void>();
  const first = turns.run("a", never, () => door.promise);
  const leaving = new AbortController();
  const second = turns.run("a", leaving.signal, async () => "never");
  leaving.abort(new Error("gone"));
  await expect(second).rejects.toThrow("gone");
  door.reject(new Error("broken"));
  await expect(first).rejects.toThrow("broken");
  expect(await turns.run("a", never, async () => "next")).toBe("next");
});
