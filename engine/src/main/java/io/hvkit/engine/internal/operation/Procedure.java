package io.hvkit.engine.internal.operation;

import io.hvkit.catalog.spi.Facts;
import java.util.SortedSet;

/**
 * One kind of operation: how it is done, in code that reads from top to bottom. Stateless; any number of threads share one.
 *
 * <p>Every effect goes through {@link Run#step}. After a crash {@link #run} is called again, from the top, maybe by another process with
 * a newer version of this code: steps that are done give the evidence of the first time and do nothing, and the rest is done. So
 * everything between steps depends on the request and on evidence alone. Whatever looks at the world, reads the catalog, takes the time or
 * rolls dice is a step itself, whose evidence is what it decided. Steps keep their names and their order from version to version as long as
 * an operation of the kind may be open.
 *
 * <p>A step that fails ends the run: no code here catches it. If there are several ways to have an effect, trying them in turn is one step.
 *
 * @param <Q> what is asked for
 * @param <R> what the caller gets
 */
public interface Procedure<Q, R> {

    /** Returns the name of the kind, such as {@code volume.create}; never changes. */
    String kind();

    /** Returns a request as the journal keeps it; no key is in it. Equal requests give equal facts. */
    Facts facts(Q request);

    /** Returns the request that the journal kept; old ones must be understood as long as operations of older versions may be open. */
    Q request(Facts facts);

    /** Returns what no other operation may work on meanwhile, each a kind and an id such as {@code volume:7c2f}. */
    SortedSet<String> objects(Q request);

    /** Does it, and returns what the journal keeps of the result. */
    Facts run(Q request, Run run) throws InterruptedException;

    /** Returns the result for a caller, out of what {@link #run} returned; maybe long after, and more than once. */
    R result(Q request, Facts result) throws InterruptedException;
}
