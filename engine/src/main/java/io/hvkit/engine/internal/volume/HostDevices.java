package io.hvkit.engine.internal.volume;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.DeviceAccess;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices of volumes, which come to a host some time after their pool has attached them, and go some time after that has ended. Hosts
 * without an end point are not looked at: their hypervisor finds out for itself.
 */
public final class HostDevices {

    private static final Logger LOG = LoggerFactory.getLogger(HostDevices.class);
    private static final Duration PAUSE = Duration.ofMillis(100);

    /** Tells what sees the devices of a host. */
    @FunctionalInterface
    interface Sight {
        Optional<DeviceAccess> of(HostId host) throws InterruptedException;
    }

    private final Sight sight;
    private final Duration comesWithin;
    private final Duration goesWithin;

    /**
     * Makes one that waits so long.
     *
     * @param comesWithin for a device that is to come or to grow
     * @param goesWithin for one that is to go
     */
    HostDevices(Sight sight, Duration comesWithin, Duration goesWithin) {
        this.sight = sight;
        this.comesWithin = comesWithin;
        this.goesWithin = goesWithin;
    }

    /** Returns one that waits as long as arrays may take. */
    static HostDevices seenBy(Sight sight) {
        return new HostDevices(sight, Duration.ofSeconds(60), Duration.ofSeconds(30));
    }

    /**
     * Attaches a volume, and returns once the host sees it; does nothing but look if that was done before.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it does not come; it stays attached
     */
    public Attachment come(StoragePool pool, VolumeId volume, VolumeUse use) throws InterruptedException {
        Attachment place = pool.attach(volume, use);
        Optional<DeviceAccess> access = access(use.host(), place);
        if (access.isPresent() && !is(access.get(), place, comesWithin, Optional::isPresent)) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.UNKNOWN)
                    .message(
                            "volume %s is attached to host %s, which does not see it as %s for %s now; look at its storage client",
                            volume, use.host(), place, comesWithin);
        }
        return place;
    }

    /** Ends a use of a volume, and returns once the host has let go of it. That it does not is a warning: the pool has ended the use. */
    public void go(StoragePool pool, VolumeId volume, HostId host, Reason reason) throws InterruptedException {
        Optional<DeviceAccess> access = pool.type().has(PoolTrait.BLOCK_DEVICES) ? sight.of(host) : Optional.empty();
        if (access.isEmpty()) {
            pool.detach(volume, host, reason);
            return;
        }
        VolumeUse ending = VolumeUse.by(host).because(reason);
        Optional<VolumeUse> known =
                pool.uses(volume).stream().filter(ending::isSameAs).findAny();
        Optional<Attachment> place =
                known.isPresent() ? Optional.of(pool.attach(volume, known.get())) : Optional.empty();
        pool.detach(volume, host, reason);
        boolean isLast = pool.uses(volume).stream().noneMatch(use -> use.host().equals(host));
        if (isLast && place.isPresent()) {
            awaitGone(access.get(), place.get(), host);
        }
    }

    private void awaitGone(DeviceAccess access, Attachment place, HostId host) throws InterruptedException {
        if (access.comesAndGoes(place) && !is(access, place, goesWithin, Optional::isEmpty)) {
            LOG.warn("what was detached from host {} is there still, as {}", host, place);
        }
    }

    /** A volume's device before its pool makes the volume larger. */
    record Before(DeviceAccess access, Attachment place, ByteSize size) {}

    /** Returns the device of a volume on a host, if it is one that comes and goes, and is there. */
    Optional<Before> beforeGrowth(StoragePool pool, VolumeId volume, HostId host) throws InterruptedException {
        Attachment place = pool.attach(volume, VolumeUse.by(host));
        Optional<DeviceAccess> access = access(host, place);
        Optional<ByteSize> size = access.isPresent() ? access.get().sizeOf(place) : Optional.empty();
        return size.map(now -> new Before(access.orElseThrow(), place, now));
    }

    /**
     * Returns once the host sees that the volume has grown.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it does not; the volume has grown all the same
     */
    void awaitGrowth(Before before) throws InterruptedException {
        Predicate<Optional<ByteSize>> isLarger =
                size -> size.filter(now -> now.compareTo(before.size) > 0).isPresent();
        if (!is(before.access, before.place, comesWithin, isLarger)) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.UNKNOWN)
                    .message(
                            "the volume at %s has grown, and its host sees %s as before for %s now; look at its storage client, and"
                                    + " ask again",
                            before.place, before.size, comesWithin);
        }
    }

    /** A host is asked for devices alone: files are there at once, and need no end point that answers. */
    private Optional<DeviceAccess> access(HostId host, Attachment place) throws InterruptedException {
        return place instanceof Attachment.BlockDevice
                ? sight.of(host).filter(access -> access.comesAndGoes(place))
                : Optional.empty();
    }

    private static boolean is(
            DeviceAccess access, Attachment place, Duration limit, Predicate<Optional<ByteSize>> wanted)
            throws InterruptedException {
        if (wanted.test(access.sizeOf(place))) {
            return true;
        }
        access.rescan(place);
        long start = System.nanoTime();
        while (!wanted.test(access.sizeOf(place))) {
            if (System.nanoTime() - start > limit.toNanos()) {
                return false;
            }
            Thread.sleep(PAUSE.toMillis());
        }
        return true;
    }
}
