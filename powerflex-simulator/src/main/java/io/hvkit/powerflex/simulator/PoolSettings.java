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

    record Fields(String name, String domain, ByteSize usable, Layout layout, Padding padding) {}

    private final Fields fields;

    private PoolSettings(Fields fields) {
        this.fields = fields;
    }

    /** Returns a pool of medium granularity with zero padding and 1 TiB of room, in the protection domain {@code domain1}. */
    public static PoolSettings named(String name) {
        return new PoolSettings(new Fields(name, "domain1", ByteSize.tebibytes(1), Layout.MEDIUM, Padding.ZEROES));
    }

    /** Returns this pool in another protection domain, which is made if need be. */
    public PoolSettings in(String domain) {
        return new PoolSettings(new Fields(fields.name, domain, fields.usable, fields.layout, fields.padding));
    }

    /** Returns this pool with room for that much of users' data; the raw capacity is 2.2 times as much. */
    public PoolSettings usable(ByteSize size) {
        return new PoolSettings(new Fields(fields.name, fields.domain, size, fields.layout, fields.padding));
    }

    /** Returns this pool with fine granularity. */
    public PoolSettings fineGranularity() {
        return new PoolSettings(new Fields(fields.name, fields.domain, fields.usable, Layout.FINE, fields.padding));
    }

    /** Returns this pool without zero padding: careful clients refuse it. */
    public PoolSettings withoutZeroPadding() {
        return new PoolSettings(new Fields(fields.name, fields.domain, fields.usable, fields.layout, Padding.NONE));
    }

    Fields fields() {
        return fields;
    }
}
