// Sessions in Redis: the contract against a real server, with both clients, each in a process of its own.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { remoteStore } from "./agent.mjs";
import { contract, freshKey, inAMinute } from "./contract.mjs";
import { startProcess } from "./process.mjs";
import { startRedis } from "./redis-server.mjs";
import { fileScope } from "./scope.mjs";

/** How an app connects each of them, here so that a command to a server that is gone fails at once. */
const CLIENTS = {
  redis: (port) => `
    import { createClient } from ${JSON.stringify(import.meta.resolve("redis"))};
    const connect = async () => {
      const client = createClient({ socket: { port: ${port}, host: "127.0.0.1", reconnectStrategy: false } });
      client.on("error", () => {});
      await client.connect();
      return client;
    };
    const send = (client, ...command) => client.sendCommand(command);
    const twice = (client) => ({ sendCommand: async (command) => (await client.sendCommand(command), client.sendCommand(command)) });
  `,
  ioredis: (port) => `
    import { Redis } from ${JSON.stringify(import.meta.resolve("ioredis"))};
    const connect = async () => {
      const client = new Redis(${port}, "127.0.0.1", { maxRetriesPerRequest: 0, retryStrategy: null });
      client.on("error", () => {});
      return client;
    };
    const send = (client, ...command) => client.call(...command);
    const twice = (client) => ({ call: async (...command) => (await client.call(...command), client.call(...command)) });
  `,
};

const STORES = `
import { redisStore } from "tokenward/edge";
const client = await connect();
const failing = (error) => ({ call: async (command, args) => { throw Object.assign(error, { command: { name: command, args } }); } });
export const stores = {
  store: redisStore(client),
  apart: redisStore(client, { prefix: "apart:" }),
  everywhere: redisStore(client, { prefix: "" }),
  twice: redisStore(twice(client)),
  bytes: redisStore({ call: async () => new Uint8Array(40) }),
  failing: redisStore(failing(new Error("value of s:key"))),
  server: { send: (...command) => send(client, ...command) },
};
`;

const scope = fileScope();
const start = async (client, { port }, runtime = "Node") => {
  const ask = await startProcess(scope, runtime, `${CLIENTS[client](port)}\n${STORES}`);
  return Object.fromEntries(["store", "apart", "everywhere", "twice", "bytes", "failing", "server"].map((name) => [name, remoteStore(ask, name)]));
};

let sides;
let server;
before(async () => {
  server = await startRedis(scope);
  const [redis, ioredis] = await Promise.all(Object.keys(CLIENTS).map((client) => start(client, server)));
  sides = { redis: { ...redis, elsewhere: ioredis.store }, ioredis: { ...ioredis, elsewhere: redis.store } };
});

for (const client of Object.keys(CLIENTS)) {
  contract(`Redis with ${client}, two processes`, () => sides[client]);

  describe(`a server of Redis with ${client}`, () => {
    test("keeps an entry below the prefix, with its end", async () => {
      const { store, everywhere, server: asked } = sides[client];
      const key = freshKey();
      await store.write(key, "value", { expiresAt: inAMinute() });
      const left = await asked.send("PTTL", `tokenward:${key}`);
      assert.ok(left > 55_000 && left <= 60_000, String(left));
      assert.equal((await everywhere.read([`tokenward:${key}`]))[0].value, "value");
      assert.equal(await asked.send("EXISTS", key), 0);
    });

    test("takes a command that comes a second time, after its answer was lost, for what it is", async () => {
      const { store, twice } = sides[client];
      const key = freshKey();
      const first = await twice.write(key, "first", { expected: null, expiresAt: inAMinute() });
      assert.deepEqual(await store.read([key]), [{ value: "first", version: first }]);
      const second = await twice.write(key, "second", { expected: first, expiresAt: inAMinute() });
      assert.deepEqual(await store.read([key]), [{ value: "second", version: second }]);
      assert.equal(await twice.write(key, "lost", { expected: first, expiresAt: inAMinute() }), null);
    });

    test("that finds something else at a key is an error with the server's own word", async () => {
      const { store, server: asked } = sides[client];
      const key = freshKey();
      await asked.send("RPUSH", `tokenward:${key}`, "not a session");
      for (const asking of [() => store.read([key]), () => store.write(key, "secret", { expiresAt: inAMinute() })]) {
        await assert.rejects(asking(), {
          name: "StorageError", code: "store_failed", phase: "storage", retryable: true,
          message: "The session store failed: Redis, WRONGTYPE", hasCause: false,
        });
      }
      await store.remove(key);
    });

    test("that has no room is an error, and nothing is lost", async () => {
      const { store, server: asked } = sides[client];
      const key = freshKey();
      const version = await store.write(key, "value", { expiresAt: inAMinute() });
      await asked.send("CONFIG", "SET", "maxmemory", "1");
      await assert.rejects(store.write(key, "secret", { expected: version, expiresAt: inAMinute() }), { code: "store_failed", message: /: Redis, OOM$/ });
      await asked.send("CONFIG", "SET", "maxmemory", "0");
      assert.deepEqual(await store.read([key]), [{ value: "value", version }]);
    });

    test("whose client keeps the command in its error is an error without it", async () => {
      await assert.rejects(sides[client].failing.write("s:key", "value", { expiresAt: inAMinute() }), {
        code: "store_failed", message: "The session store failed: Redis, Error", hasCause: false,
      });
    });

    test("whose client gives bytes is an error, and nobody is signed out by it", async () => {
      await assert.rejects(sides[client].bytes.read(["key"]), { code: "store_failed", message: "The session store failed: Redis, TypeError" });
    });

    for (const runtime of ["Deno", "Bun"]) {
      test(`is asked from ${runtime} as well`, async () => {
        const { store } = await start(client, server, runtime);
        const key = freshKey();
        const until = { expected: null, expiresAt: inAMinute() };
        const races = await Promise.all([store, sides[client].store].map((side) => side.race(key, "from", 100, until)));
        const winners = races.flat().filter((version) => version !== null);
        assert.equal(winners.length, 1);
        assert.deepEqual((await store.read([key, "missing"])).map((entry) => entry?.version), [winners[0], undefined]);
        await store.remove(key);
        assert.deepEqual(await sides[client].store.read([key]), [null]);
      });
    }

    test("that is gone is an error", async () => {
      const other = await startRedis(scope);
      const { store } = await start(client, other);
      await store.write("key", "value", { expiresAt: inAMinute() });
      await other.stop();
      for (const asking of [() => store.read(["key"]), () => store.remove("key"), () => store.write("key", "secret", { expiresAt: inAMinute() })]) {
        await assert.rejects(asking(), ({ code, message, retryable }) => {
          assert.deepEqual([code, retryable], ["store_failed", true]);
          return /^The session store failed: Redis, \w+$/.test(message);
        });
      }
    });
  });
}
