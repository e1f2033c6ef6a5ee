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
import java.util.Optional;

/** Looks at the target of a copy before it begins, where the host's tools can be used: libvirt would fail later, or not at all. */
final class TargetCheck {

    private final HostFiles files;
    private final QemuImg qemuImg;

    TargetCheck(HostFiles files, QemuImg qemuImg) {
        this.files = files;
        this.qemuImg = qemuImg;
    }

    /**
     * Looks whether a copy has room, and returns how many bytes of the target it may take up, if that has more: QEMU copies onto
     * something of exactly the same size alone, and arrays round sizes up.
     *
     * @throws DriverException with {@code NOT_FOUND} if the target does not exist, {@code INVALID_REQUEST} if it is smaller than the
     *     disk, or larger and of a format that has its size in its header
     */
    Optional<ByteSize> bound(Disk target, ByteSize size) throws InterruptedException {
        Path path = Path.of(Place.of(target.attachment()).path());
        if (!files.status(path).holdsBytes()) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("the target %s does not exist; create it first, a copy never does", path);
        }
        ByteSize room = room(path, target.format());
        int more = room.compareTo(size);
        if (more < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the target %s holds %s, the disk has %s; take a larger target", path, room, size);
        }
        if (more == 0) {
            return Optional.empty();
        }
        return switch (target.format()) {
            case RAW, LUKS -> {
                long spare = room.bytes() - size.bytes();
                yield Optional.of(ByteSize.bytes(
                        room(path, ImageFormat.RAW).bytes() - spare)); // a header is before what it holds
            }
            case QCOW2, VMDK, VHD, VHDX, VDI ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "the target %s holds %s as its header says, the disk has %s; make it of that size, or take a raw or"
                                        + " LUKS one",
                                path, room, size);
        };
    }

    private ByteSize room(Path path, ImageFormat format) throws InterruptedException {
        return qemuImg.info(Image.of(path, format)).virtualSize();
    }
}
