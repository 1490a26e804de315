/** LanceDB takes all cores otherwise. To be called before it is loaded, which is when it looks. */
export function limitNativeThreads() {
  for (const name of ["LANCE_CPU_THREADS", "TOKIO_WORKER_THREADS", "RAYON_NUM_THREADS"]) {
    process.env[name] = "1";
  }
}
