package io.hvkit.kvm.internal.xml;

import io.hvkit.hypervisor.spi.DiskBus;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** What libvirt calls disks: {@code vda}, {@code vdb}, … on virtio, {@code sda}, … on the others. Each name is given once. */
public final class DiskNames {

    private final Set<String> taken;

    /** Starts with the names that a domain's disks have. */
    public DiskNames(Collection<String> taken) {
        this.taken = new HashSet<>(taken);
    }

    /** Returns the first free name on a bus, and takes it. */
    public String next(DiskBus bus) {
        String prefix = bus == DiskBus.VIRTIO ? "vd" : "sd";
        int index = 0;
        while (!taken.add(prefix + letters(index))) {
            index++;
        }
        return prefix + letters(index);
    }

    /** Returns a, b, … z, aa, ab, …: how Linux numbers disks. */
    static String letters(int index) {
        String last = Character.toString((char) ('a' + index % 26));
        return index < 26 ? last : letters(index / 26 - 1) + last;
    }
}
