/** Certificates for a server on this machine, and for its clients, signed by an authority made for one run. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "./tool.mjs";

const DAYS = "2";
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/**
 * @param {string} folder that takes the files
 * @returns the files' paths, all in PEM; throws when there is no openssl
 */
export function makeCertificates(folder) {
  const path = (/** @type {string} */ name) => join(folder, name);
  const authority = { cert: path("ca.pem"), key: path("ca.key") };
  openssl(
    "req",
    "-x509",
    ...KEY,
    "-days",
    DAYS,
    "-subj",
    "/CN=conformance authority",
    "-keyout",
    authority.key,
    "-out",
    authority.cert,
  );
  const server = issued(
    "server",
    "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n",
  );
  const client = issued("client", "extendedKeyUsage=clientAuth\n");
  return { authority: authority.cert, server, client };

  function issued(/** @type {string} */ name, /** @type {string} */ extensions) {
    const made = { cert: path(`${name}.pem`), key: path(`${name}.key`) };
    writeFileSync(path(`${name}.ext`), extensions);
    openssl(
      "req",
      ...KEY,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      made.key,
      "-out",
      path(`${name}.csr`),
    );
    openssl(
      "x509",
      "-req",
      "-in",
      path(`${name}.csr`),
      "-CA",
      authority.cert,
      "-CAkey",
      authority.key,
      "-CAcreateserial",
      "-days",
      DAYS,
      "-extfile",
      path(`${name}.ext`),
      "-out",
      made.cert,
    );
    return made;
  }
}

function openssl(/** @type {string[]} */ ...args) {
  runTool("openssl", args);
}
