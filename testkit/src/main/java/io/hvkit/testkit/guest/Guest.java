package io.hvkit.testkit.guest;

import io.hvkit.core.DriverException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A tiny Linux for direct kernel boot: the distribution's kernel and a busybox that writes records to its disk and says on
 * its first serial port which of them are safe. It needs 128 MiB of memory and boots in some 3 s without KVM; allow 60 s on a
 * busy machine. Any number of guests boot from one; any number of threads may share it.
 */
public final class Guest {

    private static final String PARAMETERS =
            "console=ttyS0,115200 quiet loglevel=1 tsc=reliable random.trust_cpu=on panic=-1";

    private final Path folder;

    private Guest(Path folder) {
        this.folder = folder;
    }

    /**
     * Returns the guest from the cache that the system property {@code hvkit.cache} names, or else from
     * {@code ~/.cache/hvkit}; makes it first if it is not there.
     *
     * @throws DriverException as {@link #prepared(Path)}
     */
    public static Guest prepared() throws InterruptedException {
        return prepared(Optional.ofNullable(System.getProperty("hvkit.cache"))
                .filter(property -> !property.isBlank())
                .map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "hvkit")));
    }

    /**
     * Returns the guest from {@code cache}; makes it first if it is not there, which takes some seconds and downloads, but does
     * not install, three packages of the distribution (about 30 MB). Several processes may do so at once: one makes it, the
     * others wait, and a half-made guest is never used.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if the distribution gives no kernel or no busybox, saying what to
     *     do; {@code TIMED_OUT} if it takes longer than ten minutes. Nothing half-made is left behind
     */
    public static Guest prepared(Path cache) throws InterruptedException {
        return new Guest(new GuestBuild(cache.toAbsolutePath().normalize()).folder());
    }

    /** Returns the kernel, for {@code <kernel>} or {@code -kernel}. */
    public Path kernel() {
        return folder.resolve(GuestBuild.KERNEL);
    }

    /** Returns the initial RAM disk, for {@code <initrd>} or {@code -initrd}. */
    public Path initrd() {
        return folder.resolve(GuestBuild.INITRD);
    }

    /** Returns a RAM disk that brings QEMU's guest agent too, some 3 MB larger, for {@link GuestWork#agent}. */
    public Path agentInitrd() {
        return folder.resolve(GuestBuild.AGENT);
    }

    /** Returns the kernel's command line, for {@code <cmdline>} or {@code -append}. */
    public String commandLine(GuestWork work) {
        return PARAMETERS + " " + work.parameters();
    }

    @Override
    public String toString() {
        return "Guest[" + folder + "]";
    }
}
