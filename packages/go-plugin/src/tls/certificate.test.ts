import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { createIdentity } from "./certificate.ts";

const now = new Date("2030-01-31T12:00:00Z");

test("the certificate is what go-plugin wants", () => {
  const { certificate, key, der } = createIdentity(now);
  const x509 = new X509Certificate(certificate);
  expect(x509.raw.equals(der)).toBe(true);
  expect(x509.subject).toBe("CN=localhost");
  expect(x509.subjectAltName).toBe("DNS:localhost");
  expect(x509.ca).toBe(true);
  expect(x509.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  expect(x509.checkIssued(x509)).toBe(true);
  expect(x509.verify(x509.publicKey)).toBe(true);
  expect(x509.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(x509.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: "prime256v1" });
  expect(new Date(x509.validFrom)).toEqual(new Date("2030-01-31T11:59:30Z"));
  expect(new Date(x509.validTo).getFullYear()).toBe(2060);
});

test("each has a key and a number of its own", () => {
  const [one, two] = [createIdentity(now), createIdentity(now)];
  expect(one.key).not.toBe(two.key);
  expect(new X509Certificate(one.certificate).serialNumber).toMatch(/^[4-7][\dA-F]{31}$/);
  expect(new X509Certificate(one.certificate).serialNumber).not.toBe(
    new X509Certificate(two.certificate).serialNumber,
  );
});
