package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ImagesInUse;
import io.hvkit.qemu.QemuImg;
import java.nio.file.Path;
import java.util.Optional;

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

    /** Returns by how much the layer below must grow, if it is smaller than its overlay. Machines may use both. */
    static Optional<ByteSize> growth(QemuImg tools, DiskMerge merge) throws InterruptedException {
        ImagesInUse reading = tools.whileInUse();
        ByteSize above = reading.info(image(merge.disk())).virtualSize();
        ByteSize below = reading.info(image(merge.into())).virtualSize();
        return above.compareTo(below) > 0 ? Optional.of(above.minus(below)) : Optional.empty();
    }
}
