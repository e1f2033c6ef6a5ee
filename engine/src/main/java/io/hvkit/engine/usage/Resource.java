package io.hvkit.engine.usage;

import io.hvkit.core.Incubating;

/** What is counted. Names are those that operators know from their limits. */
@Incubating(since = "0.1")
public enum Resource {
    /** Volumes, each once. */
    VOLUMES("volume"),
    /** What volumes hold, in bytes: as large as their storage made them, which may be more than was asked for. */
    PRIMARY_STORAGE("primary_storage"),
    /** Snapshots, each once. */
    SNAPSHOTS("snapshot"),
    /** What snapshots and templates take on secondary storage, in bytes. */
    SECONDARY_STORAGE("secondary_storage"),
    /** Templates, each once. */
    TEMPLATES("template"),
    /** Machines, each once. */
    MACHINES("user_vm"),
    /** Processors of machines. */
    CPUS("cpu"),
    /** Memory of machines, in bytes. */
    MEMORY("memory");

    private final String setting;

    Resource(String setting) {
        this.setting = setting;
    }

    /** Returns its name in records and limits. */
    public String setting() {
        return setting;
    }

    @Override
    public String toString() {
        return setting;
    }
}
