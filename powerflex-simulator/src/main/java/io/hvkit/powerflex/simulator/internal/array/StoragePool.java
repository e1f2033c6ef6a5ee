package io.hvkit.powerflex.simulator.internal.array;

/** A pool; its capacity is what users may fill, half of what is left of the raw one without spare. */
public final class StoragePool {

    /** How a pool is built. */
    public record Design(
            String domain, boolean erasureCoded, String name, long usableKb, DataLayout layout, boolean zeroPadding) {

        @Override
        public String toString() {
            return domain + "/" + name + " of " + usableKb + " KB, "
                    + (erasureCoded ? "erasure coded" : "mirrored") + ", " + layout.word() + ", "
                    + (zeroPadding ? "zero padded" : "not zero padded");
        }
    }

    private final long id;
    private final ProtectionDomain domain;
    private final Design design;
    private boolean full;
    private boolean rebuilding;
    private boolean rebalancing;

    StoragePool(long id, ProtectionDomain domain, Design design) {
        this.id = id;
        this.domain = domain;
        this.design = design;
    }

    Design design() {
        return design;
    }

    public long id() {
        return id;
    }

    public String name() {
        return design.name;
    }

    public ProtectionDomain domain() {
        return domain;
    }

    public long usableKb() {
        return design.usableKb;
    }

    /** Returns the raw capacity: two copies of everything, and a tenth kept in reserve. */
    public long maxKb() {
        return (2 * usableKb() * 10 + 8) / 9;
    }

    public long spareKb() {
        return maxKb() - 2 * usableKb();
    }

    public DataLayout layout() {
        return design.layout;
    }

    public boolean isZeroPadded() {
        return design.zeroPadding;
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

    boolean isIn(Trouble trouble) {
        return switch (trouble) {
            case FULL -> full;
            case REBUILD -> rebuilding;
            case REBALANCE -> rebalancing;
        };
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
