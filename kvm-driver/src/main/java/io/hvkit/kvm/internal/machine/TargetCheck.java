package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import java.nio.file.Path;

/** Looks at the target of a copy before it begins, where the host's tools can be used: libvirt would fail later, or not at all. */
final class TargetCheck {

    private final HostFiles files;
    private final QemuImg qemuImg;

    TargetCheck(HostFiles files, QemuImg qemuImg) {
        this.files = files;
        this.qemuImg = qemuImg;
    }

    /** Throws {@code NOT_FOUND} if the target does not exist, {@code INVALID_REQUEST} if it is smaller than the disk. */
    void require(Disk target, ByteSize least) throws InterruptedException {
        Path path = Path.of(Place.of(target.attachment()).path());
        if (!files.status(path).holdsBytes()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("the target %s does not exist; create it first, a copy never does", path);
        }
        ByteSize size = qemuImg.info(image(path, target.format())).virtualSize();
        if (size.compareTo(least) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the target %s holds %s, the disk has %s; take a larger target", path, size, least);
        }
    }

    private static Image image(Path path, ImageFormat format) {
        return Image.of(path, format);
    }
}
