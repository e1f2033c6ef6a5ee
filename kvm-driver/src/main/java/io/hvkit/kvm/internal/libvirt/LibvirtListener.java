package io.hvkit.kvm.internal.libvirt;

import java.util.UUID;

/** Hears what happens on the host; called one at a time on a thread that may block. */
public interface LibvirtListener {

    /**
     * A connection was made, the first or another one after a loss; what was said in between is lost. Called before anything
     * else uses it. What it throws ends the attempt to connect.
     */
    void connected(LibvirtConnection connection) throws LibvirtException;

    /** A block job changed. */
    void blockJob(String domain, String disk, BlockJobEvent event);

    /** A domain stopped running. */
    void stopped(String domain);

    /** A guest let a device go, or will not. */
    void deviceChanged();

    /** A secret was given a value, by whomever. Called on libvirt's thread: return at once. */
    void secretSet(UUID secret);

    /**
     * What libvirt says of a domain may have changed: its devices, what is kept with it, or whether it runs. Called on libvirt's
     * thread, before anything that is asked afterwards is answered: return at once.
     */
    void redescribed(UUID domain);
}
