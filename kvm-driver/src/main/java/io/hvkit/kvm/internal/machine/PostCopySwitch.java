package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a machine that leaves go on on the target, and its memory follow, once that was copied a first time: what is left to copy
 * has grown then. A guest that writes so little that it never grows arrives without. libvirt's own call is busy meanwhile, so
 * this has a thread.
 */
final class PostCopySwitch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PostCopySwitch.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final LibvirtSession session;
    private final String machine;
    private final Thread thread = new Thread(this::watch, "hvkit-post-copy");
    private OptionalLong before = OptionalLong.empty();

    PostCopySwitch(LibvirtSession session, String machine) {
        this.session = session;
        this.machine = machine;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void watch() {
        try {
            while (!session.change("let machine " + machine + " go on on the target", this::switched)) {
                TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
            }
        } catch (InterruptedException e) {
            LOG.debug("machine {} has arrived, or stays", machine);
        } catch (DriverException | IllegalStateException e) { // then it is moved as if nobody had asked for this
            LOG.warn("machine {} cannot go on on the target before all of its memory is there", machine, e);
        }
    }

    /** Returns whether there is nothing more to do. */
    private boolean switched(LibvirtConnection connection) throws LibvirtException {
        Optional<LibvirtDomain> found = connection.find(machine);
        if (found.isEmpty()) {
            return true;
        }
        try (LibvirtDomain domain = found.get()) {
            OptionalLong now = domain.memoryLeft();
            boolean grown = before.isPresent() && now.isPresent() && now.getAsLong() > before.getAsLong();
            before = now;
            if (grown) {
                domain.startPostCopy();
            }
            return grown;
        } catch (LibvirtException e) {
            if (e.saysNotNow() || e.saysAbsent()) { // it has just arrived, or not yet begun
                return e.saysAbsent();
            }
            throw e;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
