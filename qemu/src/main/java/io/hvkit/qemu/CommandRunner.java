package io.hvkit.qemu;

import io.hvkit.core.DriverException;

/** The only way this package starts programs, so that tests and remote hosts can take its place. */
@FunctionalInterface
public interface CommandRunner {

    /**
     * Runs a program to its end, whatever its exit code.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the program is not installed or cannot be started</td><td>{@code HOST_NOT_READY}, naming what to install; so too if
     *     {@code prlimit} (util-linux) is missing, since no program runs without its limits</td></tr>
     * <tr><td>it has used all the processor time of its {@link ToolLimits}</td><td>{@code TIMED_OUT}, naming the limit</td></tr>
     * <tr><td>it failed since its address space was used up</td><td>{@code EXHAUSTED}, naming the limit</td></tr>
     * <tr><td>the limit has passed</td><td>{@code TIMED_OUT}; the program and all that it started are ended first</td></tr>
     * </table>
     *
     * @throws InterruptedException if the caller was interrupted; the program and all that it started have been ended
     */
    CommandResult run(Command command) throws InterruptedException;

    /** Returns the files of the host that the programs run on; this host's, unless the runner says otherwise. */
    default HostFiles files() {
        return HostFiles.local();
    }

    /**
     * Returns a runner for this host. Programs see {@code PATH}, {@code HOME}, {@code TMPDIR} and {@code LC_ALL=C} and nothing
     * else of the environment. It starts no threads, holds nothing between calls, and any number of threads may use it. A
     * program that leaves a child behind which keeps its output open does not keep the call from returning.
     */
    static CommandRunner local() {
        return new LocalRunner();
    }

    /**
     * Connects to another host and returns a runner for it, to be closed. {@link #files} are that host's.
     *
     * @throws DriverException with {@code UNREACHABLE}, in ssh's own words, if the host cannot be reached; {@code BAD_CREDENTIALS} if
     *     its key is not the known one, or it does not let this user in; {@code HOST_NOT_READY} if there is no ssh client here, or no
     *     Linux there
     */
    static SshRunner ssh(SshDestination destination) throws InterruptedException {
        return SshRunner.connect(destination);
    }
}
