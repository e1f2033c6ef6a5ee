package io.hvkit.powerflex.simulator.internal.array;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A volume and its snapshots, which move together. */
public final class VTree {

    private final long id;
    private final String name;
    private StoragePool pool;
    private @Nullable Migration migration;
    private @Nullable String failure;

    VTree(long id, String name, StoragePool pool) {
        this.id = id;
        this.name = name;
        this.pool = pool;
    }

    public long id() {
        return id;
    }

    public String name() {
        return name;
    }

    /** Returns where it is; while it migrates, where it comes from. */
    public StoragePool pool() {
        return pool;
    }

    public Optional<Migration> migration() {
        return Optional.ofNullable(migration);
    }

    /** Returns why the last migration came to nothing. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    void migrate(Migration one) {
        migration = one;
        failure = null;
    }

    void arrive(StoragePool destination) {
        pool = destination;
        migration = null;
    }

    void fail(String reason) {
        migration = null;
        failure = reason;
    }
}
