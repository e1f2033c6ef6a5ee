package io.hvkit.kvm.internal.machine;

import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.Image;
import java.nio.file.Path;

/** The layers of a merge as the tools take them. */
final class MergeImages {

    private MergeImages() {}

    /** Returns a disk with all that it is said to lie over. */
    static Image image(Disk disk) {
        Path path = Path.of(Place.of(disk.attachment()).path());
        Image alone = Image.of(path, disk.format());
        Image unlocked = disk.key().map(alone::unlockedBy).orElse(alone);
        return disk.base().map(base -> unlocked.over(image(base))).orElse(unlocked);
    }
}
