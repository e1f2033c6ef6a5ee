package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.kvm.internal.libvirt.BlockJobEvent;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtListener;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what libvirt says to those who must hear it; secrets come first after a connection is made. */
final class HostEvents implements LibvirtListener {

    private static final Logger LOG = LoggerFactory.getLogger(HostEvents.class);

    private final SecretKeeper secrets;
    private final StraySecrets strays;
    private final HostChanges changes = new HostChanges();
    private final LabelCache labels = new LabelCache();
    private volatile @Nullable CopyWatch watch;
    private volatile @Nullable MachineSeeds seeds;
    private volatile @Nullable LibvirtSession session;

    HostEvents(SecretKeeper secrets, StraySecrets strays) {
        this.secrets = secrets;
        this.strays = strays;
    }

    /** Names who hears of copies and who does work; both exist only once the first connection is made. */
    void tell(CopyWatch copies, MachineSeeds files, LibvirtSession worker) {
        watch = copies;
        seeds = files;
        session = worker;
        strays.lookSoon(worker);
    }

    /** Returns what wakes those who wait for something to change on the host. */
    HostChanges changes() {
        return changes;
    }

    /** Returns what is known of domains as long as they do not change. */
    LabelCache labels() {
        return labels;
    }

    @Override
    public void connected(LibvirtConnection connection) throws LibvirtException {
        labels.forgetAll();
        secrets.restore(connection);
        strays.forgetAll();
        LibvirtSession worker = session;
        if (worker != null) {
            strays.lookSoon(worker);
        }
    }

    @Override
    public void secretSet(UUID secret) {
        strays.valueSet(secret);
    }

    @Override
    public void blockJob(String domain, String disk, BlockJobEvent event) {
        CopyWatch copies = watch;
        if (copies != null) {
            copies.heard(domain, disk, event);
        }
    }

    @Override
    public void stopped(String domain) {
        changes.heard();
        CopyWatch copies = watch;
        MachineSeeds files = seeds;
        LibvirtSession worker = session;
        if (copies == null || files == null || worker == null) {
            return;
        }
        copies.stopped(domain);
        try {
            worker.change("remove the secrets of machine " + domain, connection -> {
                secrets.removeUnused(connection);
                files.sweep(connection);
                return domain;
            });
        } catch (DriverException e) {
            LOG.warn("machine {} ended, but its secrets may still be defined", domain, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        strays.lookSoon(worker); // those of processes that have died
    }

    @Override
    public void redescribed(UUID domain) {
        labels.forget(domain);
    }

    @Override
    public void deviceChanged() {
        changes.heard();
    }
}
