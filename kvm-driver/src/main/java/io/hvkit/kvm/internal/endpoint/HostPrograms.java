package io.hvkit.kvm.internal.endpoint;

import io.hvkit.qemu.CommandRunner;

/** The way to the programs of one host. Any number of threads may share it. */
public interface HostPrograms extends AutoCloseable {

    /** Returns what runs them: the same as long as this is open. The first call may connect to the host. */
    CommandRunner runner() throws InterruptedException;

    /** Ends the connection, if there is one. Closing twice does nothing. */
    @Override
    void close();

    /** Returns those that a runner runs, which its owner closes. */
    static HostPrograms by(CommandRunner runner) {
        return new HostPrograms() {
            @Override
            public CommandRunner runner() {
                return runner;
            }

            @Override
            public void close() {
                // the runner is its owner's
            }
        };
    }
}
