package io.hvkit.storage.spi;

import io.hvkit.core.HostId;

/**
 * A host's use of a volume, asked for or standing. The same host may use a volume for several reasons at once: a copy that ends
 * takes nothing from the machine that runs.
 *
 * @param host who uses it
 * @param reason what for
 * @param sharing whether other hosts may use it meanwhile
 */
public record VolumeUse(HostId host, Reason reason, Sharing sharing) {

    /** What a volume is used for. */
    public enum Reason {
        /** A machine runs with it. */
        MACHINE,
        /** A machine that runs with it elsewhere comes to this host. */
        MIGRATION,
        /** Data is copied from or to it. */
        COPY,
        /** Somebody looks after it: checks, formats, resizes. */
        MAINTENANCE
    }

    /** Whether other hosts may use a volume meanwhile. */
    public enum Sharing {
        /** They may not: two writers who do not know of each other destroy what is on it. */
        EXCLUSIVE,
        /** They may, if they said so too: they see to it that only one of them writes. */
        SHARED
    }

    /** Returns the use by a machine on that host, and on no other. */
    public static VolumeUse by(HostId host) {
        return new VolumeUse(host, Reason.MACHINE, Sharing.EXCLUSIVE);
    }

    /** Returns this use for another reason. */
    public VolumeUse because(Reason other) {
        return new VolumeUse(host, other, sharing);
    }

    /** Returns this use together with other hosts. */
    public VolumeUse shared() {
        return new VolumeUse(host, reason, Sharing.SHARED);
    }

    /** Returns whether the other use is on another host, and one of the two wants to be alone. */
    public boolean conflictsWith(VolumeUse other) {
        return !host.equals(other.host) && (sharing == Sharing.EXCLUSIVE || other.sharing == Sharing.EXCLUSIVE);
    }

    /** Returns whether the other use is by the same host for the same reason, and so takes the place of this one. */
    public boolean isSameAs(VolumeUse other) {
        return host.equals(other.host) && reason == other.reason;
    }
}
