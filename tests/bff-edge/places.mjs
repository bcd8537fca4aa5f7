// Where the suites run: each runtime with each of its stores. "cookie" has the whole session in the cookie, beside the default
// store.
import { after, before, beforeEach, describe } from "node:test";
import { startRedis } from "../stores/redis-server.mjs";
import { sharedFolder } from "./runtimes.mjs";

const PLACES = [
  ["Node", "memory"], ["Node", "Redis"], ["Node", "cookie"],
  ["workerd", "Durable Object"], ["workerd", "Workers KV"], ["workerd", "cookie"],
  ["Deno", "Deno KV"], ["Deno", "cookie"],
  ["Bun", "memory"], ["Bun", "cookie"],
  ["edge-light", "memory"], ["edge-light", "cookie"],
];

/** BFF_PLACES narrows a run to the places that its words name, such as "workerd" or "Node cookie,Deno". */
const wanted = (process.env.BFF_PLACES ?? "").split(",").map((words) => words.trim());

const named = (words, [runtime, store]) => `${runtime} ${store}`.includes(words);

/** Where the store keeps what it has: a folder, and a server where it asks one. */
export const keeping = async (t, store) => ({
  place: await sharedFolder(t),
  ...(store === "Redis" && { redis: (await startRedis(t)).port }),
});

/** A runtime of each kind, and each way to keep a session: where the suite depends on neither. */
export const EACH_RUNTIME = ["Node memory", "Node cookie", "workerd Durable Object", "workerd cookie", "Deno cookie", "Bun cookie", "edge-light cookie"];

/**
 * Describes the `tests` once for each place of `list` (default: all), with an app of its own behind the world's address.
 * `tests` gets `{ runtime, store, startApp(changes), printed() }`: `startApp` puts another app there that has the same store.
 */
export function describePlaces(world, tests, { list = [""], changes = {} } = {}) {
  const places = PLACES.filter((place) => [list, wanted].every((all) => all.some((words) => named(words, place))));
  for (const [runtime, store] of places) {
    describe(`${runtime}, ${store}`, () => {
      const ends = [];
      const apps = [];
      const place = {
        runtime,
        store,
        async startApp(more = {}) {
          await apps.at(-1)?.stop();
          apps.push(await world.startApp({ after: (work) => ends.push(work) }, runtime, store, { ...changes, ...more, ...await place.kept }));
        },
        printed: () => apps.map((app) => app.printed()).join(""),
      };
      before(() => {
        place.kept = keeping({ after: (work) => ends.push(work) }, store);
        return place.startApp();
      });
      beforeEach(() => {
        world.provider.control({ tokenSeconds: 600 });
        world.upstream.control({ refuses: 0 });
        world.forget();
      });
      after(async () => {
        for (const end of ends.reverse()) await end();
      });
      tests(place);
    });
  }
}
