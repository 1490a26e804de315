// gRPC over HTTP/2 as its protocol document has it: what goes over a stream.
import { constants } from "node:http2";
import { deflateSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { AccessError } from "../../src/access/access-error.ts";
import type { RequestHandler } from "../../src/service/request-handler.ts";
import { answerOf, call, deferred, framed, open, path, start, statusOf } from "./grpc-harness.ts";

describe("GrpcServer's messages", () => {
  it("are answered with headers, one message, and a status in trailers", async () => {
    const { session } = await start();
    const { headers, trailers, body, rstCode } = await call(session, framed(Buffer.of(1, 2)));
    expect(headers).toMatchObject({ ":status": 200, "content-type": "application/grpc+proto" });
    expect(body).toEqual(framed(Buffer.of(1, 2)));
    expect(trailers["grpc-status"]).toBe("0");
    expect(rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("may be empty", async () => {
    const { session } = await start();
    const answer = await call(session, framed(Buffer.of()));
    expect(statusOf(answer)).toEqual([0, ""]);
    expect(answer.body).toEqual(framed(Buffer.of()));
  });

  it("may come in frames of any length, split anywhere", async () => {
    const { session } = await start();
    const message = Buffer.from("a message of some length");
    const bytes = framed(message);
    for (const size of [1, 2, 4, 5, 6, 7, 28]) {
      const stream = open(session);
      const answer = answerOf(stream);
      for (let at = 0; at < bytes.length; at += size) {
        await new Promise((resolve) => stream.write(bytes.subarray(at, at + size), resolve));
      }
      stream.end();
      expect((await answer).body).toEqual(bytes);
    }
  });

  it("may be larger than a window of flow control, in both directions", async () => {
    const { session } = await start();
    const message = Buffer.alloc(3_000_000, "0123456789");
    const { body, trailers } = await call(session, framed(message));
    expect(body.equals(framed(message))).toBe(true);
    expect(trailers["grpc-status"]).toBe("0");
  });

  it.each([
    ["none", Buffer.of(), 12, "Received no request message for a unary call"],
    ["half a head", Buffer.of(0, 0), 13, "The request ended in the middle of its message"],
    [
      "a part of one",
      Buffer.of(0, 0, 0, 0, 3, 1),
      13,
      "The request ended in the middle of its message",
    ],
    [
      "two",
      Buffer.concat([framed(Buffer.of(1)), framed(Buffer.of(2))]),
      12,
      "Received more than one message for a unary call",
    ],
    [
      "an unknown flag",
      framed(Buffer.of(1), 2),
      13,
      "Received a message with the unknown compressed flag 2",
    ],
    [
      "a compressed one in no coding",
      framed(Buffer.of(1), 1),
      13,
      "Received a compressed message without a coding (grpc-encoding: identity)",
    ],
  ])("are refused if there are %s", async (_what, bytes, code, message) => {
    const { session } = await start();
    expect(statusOf(await call(session, bytes))).toEqual([code, message]);
    expect(statusOf(await call(session, framed(Buffer.of(7))))).toEqual([0, ""]);
  });

  it("are refused by their head, if they are too large", async () => {
    const { session } = await start();
    const stream = open(session);
    const answer = answerOf(stream);
    stream.write(Buffer.of(0, 0x08, 0, 0, 1));
    const refused = await answer;
    const text = "Received message larger than max (134217729 vs 134217728)";
    expect(statusOf(refused)).toEqual([8, text]);
    expect(refused.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("are not sent if they are too large", async () => {
    const { session } = await start({ handle: async () => Buffer.alloc(101) }, { sentBytes: 100 });
    const answer = await call(session, framed(Buffer.of()));
    expect(statusOf(answer)).toEqual([8, "Sent message larger than max (101 vs. 100)"]);
  });

  it("are refused while the others of the connection take too much memory", async () => {
    const release = deferred();
    const handle = async (_method: string, bytes: Uint8Array) => {
      await release.promise;
      return bytes;
    };
    const { session } = await start({ handle }, { heldBytes: 1_000 });
    const first = call(session, framed(Buffer.alloc(600)));
    const [code, message] = statusOf(await call(session, framed(Buffer.alloc(600))));
    expect([code, message]).toEqual([8, expect.stringContaining("hold more than 1000 bytes")]);
    release.resolve();
    // The answer, too, has to find a place beside its request.
    expect(statusOf(await first)[0]).toBe(8);
    expect(statusOf(await call(session, framed(Buffer.alloc(400))))[0]).toBe(0);
  });
});

describe("GrpcServer's account of a connection", () => {
  it("has nothing left of calls that were given up while their message was expanded", async () => {
    const handle = async () => Buffer.of();
    const { session } = await start({ handle }, { heldBytes: 40_000_000 });
    const packed = framed(gzipSync(Buffer.alloc(30_000_000)), 1);
    const coding = { "grpc-encoding": "gzip" };
    for (let i = 0; i < 3; i++) {
      expect(statusOf(await call(session, packed, { ...coding, "grpc-timeout": "2m" }))[0]).toBe(4);
      expect(statusOf(await call(session, packed, coding))[0]).toBe(0);
    }
  });
});

describe("GrpcServer's codings", () => {
  const text = Buffer.from("the same again and again ".repeat(100));

  it.each([
    ["gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["identity", undefined],
  ])("read a message in %s", async (coding, packed) => {
    const seen: string[] = [];
    const handle = async (_method: string, bytes: Uint8Array) => {
      seen.push(Buffer.from(bytes).toString());
      return Buffer.of();
    };
    const { session } = await start({ handle });
    const bytes = packed === undefined ? framed(text) : framed(packed, 1);
    const answer = await call(session, bytes, { "grpc-encoding": coding });
    expect(statusOf(answer)).toEqual([0, ""]);
    expect(seen).toEqual([`${text}`]);
  });

  it("answer in the coding of the request, if the client takes it and the answer is worth it", async () => {
    const { session } = await start();
    const headers = { "grpc-encoding": "gzip", "grpc-accept-encoding": "identity, gzip" };
    const { headers: received, body } = await call(session, framed(gzipSync(text), 1), headers);
    expect(received["grpc-encoding"]).toBe("gzip");
    expect(body[0]).toBe(1);
    expect(gunzipSync(body.subarray(5))).toEqual(text);
    const short = await call(session, framed(Buffer.of(1)), headers);
    expect(short.body).toEqual(framed(Buffer.of(1)));
    const plain = await call(session, framed(gzipSync(text), 1), { "grpc-encoding": "gzip" });
    expect(plain.body).toEqual(framed(text));
  });

  it("that are unknown are refused, with those that are not", async () => {
    const { session } = await start();
    const answer = await call(session, framed(text, 1), { "grpc-encoding": "snappy" });
    expect(statusOf(answer)[0]).toBe(12);
    expect(answer.headers["grpc-accept-encoding"]).toBe("identity,deflate,gzip");
  });

  it("refuse what is not of them", async () => {
    const { session } = await start();
    const answer = await call(session, framed(text, 1), { "grpc-encoding": "gzip" });
    expect(statusOf(answer)).toEqual([13, "Failed to decompress message"]);
  });

  it("stop to decompress a message that becomes too large", async () => {
    const { session } = await start({}, { receivedBytes: 10_000 });
    const bomb = gzipSync(Buffer.alloc(10_001));
    expect(bomb.length).toBeLessThan(100);
    const answer = await call(session, framed(bomb, 1), { "grpc-encoding": "gzip" });
    const message = "Received message that decompresses to a size larger than 10000";
    expect(statusOf(answer)).toEqual([8, message]);
  });
});

describe("GrpcServer's headers", () => {
  it.each([
    ["application/json", 415],
    ["application/grpc-web", 415],
    ["application/grpc+json", 415],
    [undefined, 415],
    ["application/grpc", 200],
    ["application/grpc+proto", 200],
    ["application/grpc; charset=utf-8", 200],
  ])("with the content type %s are answered %s", async (type, status) => {
    const { session } = await start();
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      ...(type && { "content-type": type }),
    });
    stream.end(framed(Buffer.of()));
    expect((await answerOf(stream)).headers[":status"]).toBe(status);
  });

  it.each(["PUT", "GET", "HEAD", "OPTIONS"])(
    "with the method %s are answered 405",
    async (method) => {
      const { session } = await start();
      const stream = open(session, { ":method": method });
      stream.end();
      expect((await answerOf(stream)).headers).toMatchObject({ ":status": 405, allow: "POST" });
    },
  );

  it.each([
    "/milvus.proto.milvus.MilvusService/Nothing",
    "/milvus.proto.milvus.MilvusService/toString",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/",
  ])("with the path %s are answered UNIMPLEMENTED, in headers alone", async (unknown) => {
    const { session } = await start();
    const { headers, trailers, body } = await call(session, framed(Buffer.of()), {
      ":path": unknown,
    });
    expect(headers).toMatchObject({
      ":status": 200,
      "grpc-status": "12",
      "grpc-message": `The server does not implement the method ${unknown}`,
    });
    expect([trailers, body.length]).toEqual([{}, 0]);
  });

  it("carry a message that is percent-encoded, and not endless", async () => {
    const text = "50 % of é\n\u{1f98e}";
    const { session } = await start({
      handle: async (_method, bytes) => {
        throw new AccessError("denied", bytes.length === 0 ? text : "é".repeat(100_000));
      },
    });
    const { headers } = await call(session, framed(Buffer.of()));
    expect(headers["grpc-message"]).toBe("50 %25 of %C3%A9%0A%F0%9F%A6%8E");
    expect(headers["grpc-status"]).toBe("7");
    const { headers: long } = await call(session, framed(Buffer.of(1)));
    expect(long["grpc-message"]?.length).toBeLessThan(4_200);
    expect(long["grpc-status"]).toBe("7");
  });

  it("may come twice, and hold bytes", async () => {
    const seen: unknown[] = [];
    const handle: RequestHandler["handle"] = async (
      _method,
      bytes,
      { databaseName, authorization },
    ) => {
      seen.push(databaseName, authorization);
      return bytes;
    };
    const { session } = await start({ handle });
    const answer = await call(session, framed(Buffer.of()), {
      "trace-bin": ["AQID", "not base64 !"],
      dbname: "films",
      authorization: "cm9vdA==",
    });
    expect(statusOf(answer)).toEqual([0, ""]);
    expect(seen).toEqual(["films", "cm9vdA=="]);
  });
});
