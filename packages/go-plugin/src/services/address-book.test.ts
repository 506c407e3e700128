import { expect, it } from "vitest";
import { addressBook } from "./address-book.ts";

it("returns an entry that was set before", async () => {
  const book = addressBook<string>(1000);
  book.put(3, "/tmp/three");
  expect(await book.take(3)).toBe("/tmp/three");
});

it("returns an entry that is set later", async () => {
  const book = addressBook<string>(1000);
  const [three, four] = [book.take(3), book.take(4)];
  book.put(4, "/tmp/four");
  book.put(3, "/tmp/three");
  expect([await three, await four]).toEqual(["/tmp/three", "/tmp/four"]);
});

it("returns an entry once", async () => {
  const book = addressBook<string>(20);
  book.put(3, "/tmp/three");
  await book.take(3);
  await expect(book.take(3)).rejects.toMatchObject({ name: "GrpcError", code: 4 });
});

it("waits no longer than its time limit, and keeps a late entry", async () => {
  const book = addressBook<string>(20);
  await expect(book.take(3)).rejects.toMatchObject({
    code: 4,
    message: "the host sent no address for its service 3",
  });
  book.put(3, "/tmp/three");
  expect(await book.take(3)).toBe("/tmp/three");
});

it("evicts the oldest of very many", async () => {
  const book = addressBook<number>(20);
  for (let id = 0; id < 1025; id += 1) book.put(id, id);
  expect(await book.take(1)).toBe(1);
  await expect(book.take(0)).rejects.toMatchObject({ code: 4 });
});
