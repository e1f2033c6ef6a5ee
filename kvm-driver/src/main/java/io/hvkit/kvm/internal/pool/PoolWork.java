package io.hvkit.kvm.internal.pool;

/** Something to be done in a pool. */
@FunctionalInterface
interface PoolWork<T> {

    /** Does it. */
    T run() throws InterruptedException;
}
