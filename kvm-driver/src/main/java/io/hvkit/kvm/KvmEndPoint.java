package io.hvkit.kvm;

import io.hvkit.core.DriverException;
import io.hvkit.core.HostId;
import io.hvkit.kvm.internal.endpoint.HostEndPoint;
import io.hvkit.kvm.internal.endpoint.HostPrograms;
import io.hvkit.kvm.internal.endpoint.SshPrograms;
import io.hvkit.kvm.internal.host.HostAccess;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.SshDestination;
import io.hvkit.storage.spi.EndPoint;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * End points of Linux hosts whose own programs do the work: qemu-img (qemu-utils) for images, cryptsetup (cryptsetup-bin) for LUKS
 * headers. Nothing of ours is installed there, and libvirt is not asked. Keys reach the programs by standard input alone, on this
 * machine and on others.
 *
 * <p>Every image is read by our own inspection before a program opens it, in the format that is stated. A device that the host has
 * mounted, swaps to, or has made another one of is never written: {@code IN_USE}.
 *
 * <p>The end points are given to {@link io.hvkit.storage.spi.EndPoints}, which closes them. Making one reaches for nothing: a host that
 * does not answer is {@code UNREACHABLE} at the first call.
 */
public final class KvmEndPoint {

    private static final Duration SILENCE = Duration.ofSeconds(15);

    private KvmEndPoint() {}

    /** Returns the end point of this machine. */
    public static EndPoint local(HostId host) {
        return by(host, CommandRunner.local());
    }

    /** Returns the end point of another machine, over one connection of the system's ssh. */
    public static EndPoint over(HostId host, SshDestination destination) {
        return new HostEndPoint(host, new SshPrograms(destination));
    }

    /**
     * Returns the end point of the host of a libvirt URI, as {@link KvmDriver#URI} has them: {@code qemu:///system} for this machine,
     * {@code qemu+ssh://user@host/system} for another one. Over any other URI programs cannot be run; what is to be run fails with
     * {@code HOST_NOT_READY} then.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the URI is refused
     */
    public static EndPoint at(HostId host, URI uri) {
        HostAccess access = HostAccess.to(uri, "refuse", Optional.empty(), SILENCE);
        return new HostEndPoint(host, new HostPrograms() {
            @Override
            public CommandRunner runner() throws InterruptedException {
                return access.programs();
            }

            @Override
            public void close() {
                access.close();
            }
        });
    }

    /**
     * Returns the end point of a host that is reached by a transport of the caller's own, who closes it. Its {@link
     * CommandRunner#files} are that host's.
     */
    public static EndPoint by(HostId host, CommandRunner transport) {
        return new HostEndPoint(host, HostPrograms.by(transport));
    }
}
