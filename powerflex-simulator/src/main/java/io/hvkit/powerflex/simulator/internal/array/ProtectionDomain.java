package io.hvkit.powerflex.simulator.internal.array;

/** A set of servers that protect each other's data. */
public final class ProtectionDomain {

    private final long id;
    private final String name;
    private boolean erasureCoded;

    ProtectionDomain(long id, String name, boolean erasureCoded) {
        this.id = id;
        this.name = name;
        this.erasureCoded = erasureCoded;
    }

    public long id() {
        return id;
    }

    public String name() {
        return name;
    }

    /** Returns whether data is protected by erasure coding, else by mirroring. */
    public boolean isErasureCoded() {
        return erasureCoded;
    }

    void codeErasure() {
        erasureCoded = true;
    }
}
