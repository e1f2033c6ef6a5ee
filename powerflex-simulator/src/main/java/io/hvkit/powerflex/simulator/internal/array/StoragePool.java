package io.hvkit.powerflex.simulator.internal.array;

/** A pool; its capacity is what users may fill, half of what is left of the raw one without spare. */
public final class StoragePool {

    private final long id;
    private final String name;
    private final ProtectionDomain domain;
    private final long usableKb;
    private final DataLayout layout;
    private final boolean zeroPadding;
    private boolean full;
    private boolean rebuilding;
    private boolean rebalancing;

    StoragePool(long id, String name, ProtectionDomain domain, long usableKb, DataLayout layout, boolean zeroPadding) {
        this.id = id;
        this.name = name;
        this.domain = domain;
        this.usableKb = usableKb;
        this.layout = layout;
        this.zeroPadding = zeroPadding;
    }

    public long id() {
        return id;
    }

    public String name() {
        return name;
    }

    public ProtectionDomain domain() {
        return domain;
    }

    public long usableKb() {
        return usableKb;
    }

    /** Returns the raw capacity: two copies of everything, and a tenth kept in reserve. */
    public long maxKb() {
        return (2 * usableKb * 10 + 8) / 9;
    }

    public long spareKb() {
        return maxKb() - 2 * usableKb;
    }

    public DataLayout layout() {
        return layout;
    }

    public boolean isZeroPadded() {
        return zeroPadding;
    }

    /** Returns whether a test has filled it. */
    public boolean isFull() {
        return full;
    }

    public boolean isRebuilding() {
        return rebuilding;
    }

    public boolean isRebalancing() {
        return rebalancing;
    }

    /** What a test does to a pool. */
    public enum Trouble {
        FULL,
        REBUILD,
        REBALANCE
    }

    void begin(Trouble trouble) {
        set(trouble, true);
    }

    void end(Trouble trouble) {
        set(trouble, false);
    }

    private void set(Trouble trouble, boolean to) {
        switch (trouble) {
            case FULL -> full = to;
            case REBUILD -> rebuilding = to;
            case REBALANCE -> rebalancing = to;
        }
    }
}
