// How calls of gRPC and their connections begin and end.
import { once } from "node:events";
import { constants } from "node:http2";
import { describe, expect, it } from "vitest";
import { AccessError } from "../../src/access/access-error.ts";
import { initialAccess } from "../../src/access/access-state.ts";
import { Permissions } from "../../src/access/permissions.ts";
import { answerOf, call, deferred, framed, open, start, statusOf } from "./grpc-harness.ts";

describe("GrpcServer's deadlines", () => {
  it.each(["1m", "900000n", "1000u", "0S"])(
    "of %s end the work, and the client hears of it",
    async (timeout) => {
      const { promise, resolve } = deferred();
      const { session } = await start({
        handle: (_method, _bytes, { signal }) => {
          if (signal?.aborted) resolve();
          signal?.addEventListener("abort", () => resolve());
          return new Promise(() => undefined);
        },
        // The request is there before a deadline of no time at all.
        authenticate: async () => undefined,
      });
      const answer = await call(session, framed(Buffer.of()), { "grpc-timeout": timeout });
      expect(statusOf(answer)).toEqual([4, "Deadline exceeded"]);
      if (timeout !== "0S") await promise;
    },
  );

  it.each(["1", "m", "123456789m", "1x", "-1m", "1.5S", ""])(
    "of %j are refused, or none",
    async (timeout) => {
      const { session } = await start();
      const answer = await call(session, framed(Buffer.of()), { "grpc-timeout": timeout });
      const refusal = [13, `Invalid grpc-timeout value "${timeout}"`];
      expect(statusOf(answer)).toEqual(timeout === "" ? [0, ""] : refusal);
    },
  );

  it("may be years away", async () => {
    const { session } = await start();
    const answer = await call(session, framed(Buffer.of()), { "grpc-timeout": "99999999H" });
    expect(statusOf(answer)).toEqual([0, ""]);
  });

  it("end a request that does not come to an end", async () => {
    const { session } = await start();
    const stream = open(session, { "grpc-timeout": "20m" });
    stream.write(Buffer.of(0, 0, 0));
    expect(statusOf(await answerOf(stream))).toEqual([4, "Deadline exceeded"]);
  });
});

describe("GrpcServer's calls", () => {
  it("that are reset end their work, and no other", async () => {
    const aborted = deferred();
    const begun = deferred();
    const { session } = await start({
      handle: async (_method, bytes, { signal }) => {
        if (bytes.length === 0) return bytes;
        signal?.addEventListener("abort", () => aborted.resolve());
        begun.resolve();
        return new Promise(() => undefined);
      },
    });
    const stream = open(session);
    stream.end(framed(Buffer.of(1)));
    await begun.promise;
    stream.close(constants.NGHTTP2_CANCEL);
    await aborted.promise;
    expect(statusOf(await call(session, framed(Buffer.of())))).toEqual([0, ""]);
  });

  it("that are reset before they are whole are not carried out", async () => {
    let count = 0;
    const handle = async (_method: string, bytes: Uint8Array) => {
      count++;
      return bytes;
    };
    const { session } = await start({ handle });
    const stream = open(session);
    await new Promise((resolve) => stream.write(framed(Buffer.of(1)), resolve));
    // Unlike close(), which says first that the request is whole.
    stream.destroy();
    await once(stream, "close");
    expect(statusOf(await call(session, framed(Buffer.of())))).toEqual([0, ""]);
    expect(count).toBe(1);
  });

  it("end their work when their connection breaks", async () => {
    const aborted = deferred();
    const begun = deferred();
    const { session } = await start({
      handle: (_method, _bytes, { signal }) => {
        signal?.addEventListener("abort", () => aborted.resolve());
        begun.resolve();
        return new Promise(() => undefined);
      },
    });
    open(session).end(framed(Buffer.of()));
    await begun.promise;
    session.destroy();
    await aborted.promise;
  });

  it("may end before their client has read its answer", async () => {
    const { session } = await start({ handle: async () => Buffer.alloc(5_000_000) });
    const stream = open(session);
    stream.end(framed(Buffer.of()));
    await once(stream, "response");
    stream.close(constants.NGHTTP2_CANCEL);
    const other = await call(session, framed(Buffer.of()));
    expect(other.body.length).toBe(5_000_005);
  });

  it("wait if there are too many, and are all answered", async () => {
    let running = 0;
    let most = 0;
    const handle = async (_method: string, bytes: Uint8Array) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return bytes;
    };
    const { session } = await start({ handle }, { calls: 3 });
    await once(session, "remoteSettings");
    const all = Array.from({ length: 20 }, (_, i) => call(session, framed(Buffer.of(i))));
    for (const [i, { body }] of (await Promise.all(all)).entries()) expect(body[5]).toBe(i);
    expect(most).toBe(3);
  });

  it("that take too long to come are given up", async () => {
    const { session } = await start({}, { pingMs: 30, requestMs: 20 });
    const stream = open(session);
    stream.write(Buffer.of(0, 0, 0, 0, 2, 1));
    expect(statusOf(await answerOf(stream))).toEqual([4, "The request took too long to come"]);
  });

  it("of strangers are answered before their requests have come", async () => {
    const authenticate = async () => {
      throw new AccessError("unauthenticated", "missing authorization in header");
    };
    const { session } = await start({ authenticate });
    const stream = open(session);
    stream.write(Buffer.of(0, 6, 0x40, 0, 0, 1, 2, 3));
    expect(statusOf(await answerOf(stream))).toEqual([16, "missing authorization in header"]);
  });
});

describe("GrpcServer's connections", () => {
  it("remember the last one who signed in, for calls with the same authorization", async () => {
    const access = { state: initialAccess, permissions: new Permissions(initialAccess) };
    const asked: unknown[] = [];
    const { session } = await start({
      authenticate: async ({ authorization = "nobody", signIn }) => {
        asked.push([authorization, signIn?.user]);
        return signIn ?? { user: authorization, access };
      },
    });
    for (const authorization of ["ana", "ana", "bob", "", "bob", "bob"]) {
      await call(session, framed(Buffer.of()), { authorization });
    }
    expect(asked).toEqual([
      ["ana", undefined],
      ["ana", "ana"],
      ["bob", undefined],
      ["nobody", undefined],
      ["bob", undefined],
      ["bob", "bob"],
    ]);
  });

  it("are told to go when they have had no call for long", async () => {
    const { session } = await start({}, { pingMs: 30, idleMs: 20 });
    const [code] = await once(session, "goaway");
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("stay while a call takes its time, and their client answers pings", async () => {
    const release = deferred();
    const handle = async (_method: string, bytes: Uint8Array) => {
      await release.promise;
      return bytes;
    };
    const { session } = await start({ handle }, { pingMs: 15, idleMs: 10 });
    const answer = call(session, framed(Buffer.of()));
    for (let i = 0; i < 3; i++) await once(session, "ping");
    release.resolve();
    expect(statusOf(await answer)).toEqual([0, ""]);
  });

  it("take no new calls once close() is called, and end when the last one has", async () => {
    const release = deferred();
    const begun = deferred();
    const handle = async (_method: string, bytes: Uint8Array) => {
      begun.resolve();
      await release.promise;
      return bytes;
    };
    const { session, grpc } = await start({ handle });
    const running = call(session, framed(Buffer.of(5)));
    await begun.promise;
    const toldToGo = once(session, "goaway");
    const closed = grpc.close(20_000);
    await toldToGo;
    expect(() => open(session)).toThrow(
      expect.objectContaining({ code: "ERR_HTTP2_GOAWAY_SESSION" }),
    );
    release.resolve();
    expect((await running).body).toEqual(framed(Buffer.of(5)));
    await closed;
  });
});
