package io.hvkit.benchmarks;

import java.util.List;

/** A row of the table, or several that need the same preparation. */
interface Row {

    /** Returns the names of its lines. */
    List<String> names();

    /** Measures, and hands each line over as soon as it is there. */
    void measure(Bench bench) throws Exception;
}
