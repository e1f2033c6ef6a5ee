package io.hvkit.powerflex.simulator;

import io.hvkit.core.ByteSize;

/** A storage pool that a system has from the beginning. Immutable. */
public final class PoolSettings {

    /** Whether the array writes zeroes before a block is first given out. */
    enum Padding {
        ZEROES,
        NONE
    }

    /** How finely the pool divides its room. */
    enum Layout {
        MEDIUM,
        FINE
    }

    /** How a pool, with all of its protection domain, survives the loss of a server. */
    enum Protection {
        MIRRORING,
        ERASURE_CODING
    }

    record Fields(String name, String domain, ByteSize usable, Layout layout, Padding padding, Protection protection) {}

    private static final String USUAL_DOMAIN = "domain1";

    private final Fields fields;

    private PoolSettings(Fields fields) {
        this.fields = fields;
    }

    /** Returns a pool of medium granularity with zero padding and 1 TiB of room, in the protection domain {@code domain1}. */
    public static PoolSettings named(String name) {
        return new PoolSettings(new Fields(
                name, USUAL_DOMAIN, ByteSize.tebibytes(1), Layout.MEDIUM, Padding.ZEROES, Protection.MIRRORING));
    }

    /** Returns this pool in another protection domain, which is made if need be. */
    public PoolSettings in(String domain) {
        return new PoolSettings(
                new Fields(fields.name, domain, fields.usable, fields.layout, fields.padding, fields.protection));
    }

    /** Returns this pool with room for that much of users' data; the raw capacity is 2.2 times as much. */
    public PoolSettings usable(ByteSize size) {
        return new PoolSettings(
                new Fields(fields.name, fields.domain, size, fields.layout, fields.padding, fields.protection));
    }

    /** Returns this pool with fine granularity. */
    public PoolSettings fineGranularity() {
        return new PoolSettings(
                new Fields(fields.name, fields.domain, fields.usable, Layout.FINE, fields.padding, fields.protection));
    }

    /** Returns this pool without zero padding: careful clients refuse it. */
    public PoolSettings withoutZeroPadding() {
        return new PoolSettings(
                new Fields(fields.name, fields.domain, fields.usable, fields.layout, Padding.NONE, fields.protection));
    }

    /**
     * Returns this pool with erasure coding, as the generation has it that is not played: it can be looked at, and takes no volumes.
     * All pools of its protection domain must be like it, so it is in {@code domain-ec} unless it was put elsewhere.
     */
    public PoolSettings erasureCoding() {
        String domain = fields.domain.equals(USUAL_DOMAIN) ? "domain-ec" : fields.domain;
        return new PoolSettings(new Fields(
                fields.name, domain, fields.usable, fields.layout, fields.padding, Protection.ERASURE_CODING));
    }

    Fields fields() {
        return fields;
    }
}
