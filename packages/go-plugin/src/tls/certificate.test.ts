import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, it } from "vitest";
import { createIdentity } from "./certificate.ts";

it("is a certificate as go-plugin requires it", () => {
  const { certificate } = createIdentity(new Date("2026-03-01T12:00:00Z"));
  const parsed = new X509Certificate(certificate);
  expect({
    subject: parsed.subject,
    issuer: parsed.issuer,
    subjectAltName: parsed.subjectAltName,
    ca: parsed.ca,
    extendedKeyUsage: parsed.keyUsage,
    validFrom: parsed.validFrom,
    validTo: parsed.validTo,
    curve: parsed.publicKey.asymmetricKeyDetails?.namedCurve,
  }).toEqual({
    subject: "CN=localhost",
    issuer: "CN=localhost",
    subjectAltName: "DNS:localhost",
    ca: true,
    extendedKeyUsage: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
    validFrom: "Mar  1 11:59:30 2026 GMT",
    validTo: "Feb 22 12:00:00 2056 GMT",
    curve: "prime256v1",
  });
});

it("may sign, agree on keys, and issue", () => {
  const { der } = createIdentity();
  // Key usage, critical: bits 0, 2, 4 and 5.
  expect(der.toString("hex")).toContain("0603551d0f0101ff0404030202ac");
});

it("is signed by the key that comes with it", () => {
  const { certificate, key } = createIdentity();
  const parsed = new X509Certificate(certificate);
  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
});

it("is the same in PEM and DER", () => {
  const { certificate, der } = createIdentity();
  expect(new X509Certificate(certificate).raw.equals(der)).toBe(true);
});

it("has a key and a number of its own each time", () => {
  const [one, other] = [createIdentity(), createIdentity()].map(
    (id) => new X509Certificate(id.certificate),
  );
  expect(one?.serialNumber).toMatch(/^[4-7][\dA-F]{31}$/);
  expect(one?.serialNumber).not.toBe(other?.serialNumber);
  expect(one?.fingerprint256).not.toBe(other?.fingerprint256);
});
