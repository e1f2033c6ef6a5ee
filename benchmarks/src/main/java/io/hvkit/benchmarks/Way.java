package io.hvkit.benchmarks;

/** One way to do a thing. It takes its own time, so that what it prepares and clears away does not count. */
@FunctionalInterface
interface Way {

    /** Does it once, proves that it was done right, and returns how many seconds it took. */
    double seconds() throws Exception;

    /** What is timed. */
    @FunctionalInterface
    interface Deed {
        void run() throws Exception;
    }

    /** Returns how many seconds a deed takes. */
    static double timed(Deed deed) throws Exception {
        long start = System.nanoTime();
        deed.run();
        return (System.nanoTime() - start) / 1e9;
    }
}
