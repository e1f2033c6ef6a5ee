package io.hvkit.kvm.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;

/** Makes files larger, at rest: a running machine's disk is its hypervisor's to grow. */
final class FileGrowth implements Growth {

    private final QemuImg qemuImg;
    private final PoolDirectory directory;
    private final VolumeFiles files;
    private final VolumeGuard guard;

    FileGrowth(QemuImg qemuImg, PoolDirectory directory, VolumeFiles files, VolumeGuard guard) {
        this.qemuImg = qemuImg;
        this.directory = directory;
        this.files = files;
        this.guard = guard;
    }

    @Override
    public Volume growTo(VolumeId id, ByteSize size) throws InterruptedException {
        return growTo(id, size, Optional.empty());
    }

    @Override
    public Volume growTo(VolumeId id, ByteSize size, Secret key) throws InterruptedException {
        return growTo(id, size, Optional.of(key));
    }

    private Volume growTo(VolumeId id, ByteSize size, Optional<Secret> key) throws InterruptedException {
        return directory.change(() -> {
            VolumeFile file = files.require(id);
            Volume now = VolumeFiles.describe(file);
            if (size.compareTo(now.size()) <= 0) {
                return now;
            }
            Image image = image(file, now, key);
            guard.whileIdle(file, () -> {
                guard.requireNoClones(file);
                guard.requireAtRest(file); // qemu-img asks who resizes, and not who writes
                qemuImg.resize(image, size);
                return file;
            });
            return VolumeFiles.describe(file);
        });
    }

    private static Image image(VolumeFile file, Volume volume, Optional<Secret> key) {
        Image image = Image.of(file.path(), file.format());
        if (volume.attestation().isEmpty()) {
            return image;
        }
        return image.unlockedBy(key.orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                .message(
                        "volume %s is encrypted, and its file is made larger with its key alone; say growTo(id, size, key)",
                        file.id())));
    }
}
