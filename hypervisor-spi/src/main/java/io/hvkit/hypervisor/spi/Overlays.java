package io.hvkit.hypervisor.spi;

import io.hvkit.core.ImageFormat;
import java.util.Collection;

/** What one request must keep to that names several overlays. */
final class Overlays {

    private Overlays() {}

    static void require(Disk overlay, Collection<Disk> others) {
        if (overlay.format() != ImageFormat.QCOW2) {
            throw new IllegalArgumentException(
                    "a " + overlay.format() + " disk lies over nothing, only a QCOW2 disk does: " + overlay);
        }
        for (Disk other : others) {
            if (other.volume().equals(overlay.volume()) || other.attachment().equals(overlay.attachment())) {
                throw new IllegalArgumentException("two disks cannot go on with one overlay: " + overlay);
            }
        }
    }
}
