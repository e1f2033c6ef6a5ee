package io.hvkit.kvm.internal.machine;

import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.Place;
import java.util.Optional;
import java.util.UUID;

/**
 * Which disk is copied where.
 *
 * @param purpose what for
 * @param machine the machine's name
 * @param disk what libvirt calls the disk, such as {@code vda}
 * @param volume the volume that the disk was when the copy began
 * @param source where it was
 * @param sourceSecret what opens it
 * @param target where it goes
 * @param targetSecret what opens that
 */
record CopyTask(
        DiskXml.Purpose purpose,
        String machine,
        String disk,
        VolumeId volume,
        Place source,
        Optional<UUID> sourceSecret,
        Place target,
        Optional<UUID> targetSecret) {

    @Override
    public String toString() {
        return switch (purpose) {
            case MOVE -> "copy of disk " + disk + " of machine " + machine + " to " + target;
            case MERGE -> "merge of disk " + disk + " of machine " + machine + " into " + target;
        };
    }
}
