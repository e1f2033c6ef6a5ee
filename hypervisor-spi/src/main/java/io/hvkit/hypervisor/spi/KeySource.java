package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import java.util.Optional;

/**
 * Where a connection gets the keys of disks again when the host has forgotten them, as libvirt does when its daemon restarts.
 * Called on threads of the driver, for disks of machines that run; it may block.
 */
@Incubating(since = "0.1")
@FunctionalInterface
public interface KeySource {

    /** Knows no key. */
    KeySource NONE = volume -> Optional.empty();

    /** Returns the key of a volume, made for the caller, who closes it; nothing if it is not known. */
    Optional<Secret> find(VolumeId volume);
}
