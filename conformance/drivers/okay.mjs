/** Returns a reply of the Node SDK whose status is success; throws its status otherwise. */
export function okay(reply) {
  const status = reply.status ?? reply;
  if (status.error_code !== "Success" && status.error_code !== 0) throw { status };
  return reply;
}
