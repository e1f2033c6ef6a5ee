package io.hvkit.kvm.internal.endpoint;

import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.SshDestination;
import io.hvkit.qemu.SshRunner;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The programs of another host, over one connection of ssh that is made when it is needed. */
public final class SshPrograms implements HostPrograms {

    private final SshDestination destination;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable SshRunner connected;
    private volatile boolean closed;

    /** Connects to nothing yet. */
    public SshPrograms(SshDestination destination) {
        this.destination = destination;
    }

    @Override
    public CommandRunner runner() throws InterruptedException {
        SshRunner known = connected;
        if (known != null) {
            return known;
        }
        lock.lockInterruptibly();
        try {
            if (closed) {
                throw new IllegalStateException("the end point is closed");
            }
            SshRunner runner = connected;
            if (runner == null) {
                runner = CommandRunner.ssh(destination);
                connected = runner;
            }
            return runner;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            SshRunner runner = connected;
            if (runner != null) {
                runner.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
