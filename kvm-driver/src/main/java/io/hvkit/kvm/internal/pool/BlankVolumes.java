package io.hvkit.kvm.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksType;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.QemuImgAbility;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumePlan;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** What volumes can be made with this machine's tools, and those that are made from nothing. */
final class BlankVolumes {

    private final QemuImg qemuImg;
    private final PoolParts pool;

    BlankVolumes(QemuImg qemuImg, PoolParts pool) {
        this.qemuImg = qemuImg;
        this.pool = pool;
    }

    Set<ImageFormat> formats() {
        EnumSet<ImageFormat> formats = EnumSet.of(ImageFormat.RAW);
        if (has(QemuImgAbility.QCOW2)) {
            formats.add(ImageFormat.QCOW2);
        }
        if (has(QemuImgAbility.LUKS)) {
            formats.add(ImageFormat.LUKS);
        }
        return formats;
    }

    EncryptionSupport encryption() {
        if (!has(QemuImgAbility.LUKS)) {
            return EncryptionSupport.none();
        }
        return has(QemuImgAbility.QCOW2)
                ? EncryptionSupport.hypervisorLuks()
                : EncryptionSupport.hypervisorLuks(LuksVersion.LUKS1, ImageFormat.LUKS);
    }

    boolean has(QemuImgAbility ability) {
        return qemuImg.abilities().contains(ability);
    }

    VolumePlan plan(CreateVolume request) throws InterruptedException {
        requirePossible(request);
        return switch (request.format()) {
            case LUKS -> new VolumePlan(request.size(), request.size().plus(LuksType.LUKS1.headerSize()));
            case QCOW2 -> new VolumePlan(request.size(), filled(request));
            default -> VolumePlan.exactly(request.size());
        };
    }

    /** Measured in clear, and the header added: qemu-img would try out how fast it can derive keys, for seconds. */
    private ByteSize filled(CreateVolume request) throws InterruptedException {
        Path path = pool.files().planned(request.name(), request.format()).path();
        ByteSize clear = qemuImg.measure(CreateRequest.of(Image.qcow2(path), request.size()))
                .fullyAllocated();
        return request.key().isPresent() ? clear.plus(LuksType.LUKS1.headerSize()) : clear;
    }

    Volume create(CreateVolume request) throws InterruptedException {
        VolumeFile file = requirePossible(request);
        return pool.directory().change(() -> {
            Optional<VolumeFile> existing = pool.files().find(file.id());
            if (existing.isPresent()) {
                return confirmed(request, Optional.empty(), existing.get());
            }
            pool.making().make(VolumeMaking.Plan.blank(file), draft -> {
                Image image = Image.of(draft, request.format());
                qemuImg.create(request.key().map(image::unlockedBy).orElse(image), request.size());
                if (request.key().isPresent()) {
                    VolumeMaking.attest(draft, request.format());
                }
            });
            return VolumeFiles.describe(file);
        });
    }

    /** Returns the file of a volume that can be made; refuses others before anything is touched. */
    VolumeFile requirePossible(CreateVolume request) {
        VolumeFile file = pool.files().planned(request.name(), request.format());
        if (request.encryption() == VolumeEncryption.BY_STORAGE) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "a directory does not encrypt; give volume %s a key with encryptedBy(...)", request.name());
        }
        if (request.format() == ImageFormat.LUKS && request.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a LUKS volume needs a key; volume %s has none", request.name());
        }
        if (request.key().filter(key -> !key.isText()).isPresent()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the key of volume %s is not UTF-8 text without NUL bytes; QEMU would read a part of it only",
                            request.name());
        }
        boolean encryptable = encryption().formatsWithKey().contains(request.format());
        if (!formats().contains(request.format()) || (request.key().isPresent() && !encryptable)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s cannot be made as %s: qemu-img %s is built without it",
                            request.name(), request.format(), qemuImg.version());
        }
        return file;
    }

    /** Returns the volume that is there if an equal request made it, from the same origin and with the same key. */
    Volume confirmed(CreateVolume request, Optional<String> origin, VolumeFile existing) throws InterruptedException {
        Volume volume = VolumeFiles.describe(existing);
        boolean equal = volume.format() == request.format()
                && volume.size().equals(request.size())
                && volume.attestation().isPresent() == request.key().isPresent()
                && pool.origins().of(existing).equals(origin);
        if (!equal || !opens(existing, request.key())) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "volume %s exists with %s, format %s and another origin or key, or none; take another name",
                            request.name(), volume.size(), volume.format());
        }
        return volume;
    }

    private boolean opens(VolumeFile file, Optional<Secret> key) throws InterruptedException {
        if (key.isEmpty()) {
            return true;
        }
        return qemuImg.unlocks(Image.of(file.path(), file.format()).unlockedBy(key.get()));
    }
}
