/**
 * What the Node SDK, and Redkite's class of the same name, are given to connect.
 * @param {import("../runner.mjs").Connection} connection
 */
export function clientSettings({ address, token, caFile, certFile, keyFile }) {
  const own = certFile === undefined ? {} : { certChainPath: certFile, privateKeyPath: keyFile };
  return {
    address,
    logLevel: "none",
    ...(token === undefined ? {} : { token }),
    ...(caFile === undefined
      ? {}
      : { ssl: true, tls: { rootCertPath: caFile, serverName: "localhost", ...own } }),
  };
}
