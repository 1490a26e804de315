// Writes batches for ever and prints the number of each one that was acknowledged. To be killed.
import { openDatabase } from "../../dist/index.js";

const [path, durability, firstBatch] = process.argv.slice(2);
const db = await openDatabase(path, { durability });
const collection = db.hasCollection("numbers")
  ? db.collection("numbers")
  : await db.createCollection({
      name: "numbers",
      fields: [
        { name: "id", type: "Int64", primaryKey: true },
        { name: "batch", type: "Int64" },
        { name: "vector", type: "FloatVector", dim: 8 },
      ],
    });

const rowsPerBatch = 10;
for (let batch = Number(firstBatch); ; batch++) {
  const rows = Array.from({ length: rowsPerBatch }, (_, i) => ({
    id: batch * rowsPerBatch + i,
    batch,
    vector: Array.from({ length: 8 }, () => batch + i),
  }));
  await collection.insert(rows);
  process.stdout.write(`${batch}\n`);
  // Every file kind is in the making at one time or another.
  if (batch % 7 === 3) void collection.flush().catch(() => undefined);
  if (batch % 29 === 5) void collection.compact().catch(() => undefined);
}
