// What both clients of bench/wire.mjs do in their processes: they are told how many searches to make, with
// how many in flight, and answer how long they took, and how much of a processor.
import { createHash } from "node:crypto";
import { inFlight } from "./wire-searches.mjs";

/** `search(number)` makes a search, `idsOf(answer)` reads its hits once the clock stands, `close()` ends. */
export function serveTasks({ search, idsOf, close }) {
  process.on("message", async (task) => {
    if (task.count === 0) {
      await close();
      process.disconnect();
      return;
    }
    const cpu = process.cpuUsage();
    const start = performance.now();
    const answers = await inFlight(task, search);
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    const hash = createHash("sha256");
    for (const answer of answers) hash.update(`${idsOf(answer).join()};`);
    const clientCpuMs = (user + system) / 1000;
    process.send({ ms, clientCpuMs, answers: hash.digest("hex").slice(0, 12) });
  });
  process.send("ready");
}
