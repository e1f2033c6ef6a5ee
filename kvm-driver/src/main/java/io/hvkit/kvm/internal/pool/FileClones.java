package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.pool.FileCopy.Manner;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.BackingName;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.PartialFiles;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.Volume;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Clones of files: full ones are copies, at once where the file system shares what both hold; linked ones are overlays, whose
 * source is not written to any more as long as they are there.
 */
final class FileClones implements Clones {

    private final QemuImg qemuImg;
    private final FileCopy copy;
    private final Manner manner;
    private final PoolParts pool;

    FileClones(QemuImg qemuImg, FileCopy copy, Manner manner, PoolParts pool) {
        this.qemuImg = qemuImg;
        this.copy = copy;
        this.manner = manner;
        this.pool = pool;
    }

    @Override
    public Volume create(CloneVolume request) throws InterruptedException {
        return pool.directory().change(() -> {
            VolumeId name =
                    pool.files().planned(request.name(), ImageFormat.RAW).id();
            Optional<VolumeFile> present = pool.files().find(name);
            if (present.isPresent()) {
                return confirmed(request, present.get());
            }
            VolumeFile source = pool.files().require(source(request));
            return switch (request.depth()) {
                case FULL -> full(request, source);
                case LINKED -> linked(request, source);
            };
        });
    }

    private Volume confirmed(CloneVolume request, VolumeFile present) throws InterruptedException {
        if (!pool.origins().of(present).equals(Optional.of(origin(request)))) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("volume %s exists and is no %s; take another name", request.name(), origin(request));
        }
        return VolumeFiles.describe(present);
    }

    private static VolumeId source(CloneVolume request) {
        return request.source().match(volume -> volume.id(), snapshot -> {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("there is no snapshot %s: a directory has none", snapshot.id());
        });
    }

    private static String origin(CloneVolume request) {
        String origin = "clone of volume " + source(request);
        return request.depth() == CloneVolume.Depth.LINKED ? VolumeGuard.linked(origin) : "full " + origin;
    }

    private Volume full(CloneVolume request, VolumeFile source) throws InterruptedException {
        VolumeFile clone = pool.files().planned(request.name(), source.format());
        if (manner == Manner.IN_TIME) {
            pool.guard().requireUnused(source.id());
        }
        VolumeMaking.Plan plan = new VolumeMaking.Plan(clone, Optional.of(origin(request)), () -> {});
        pool.making().make(plan, draft -> fill(source, draft));
        return VolumeFiles.describe(clone);
    }

    private void fill(VolumeFile source, Path draft) throws InterruptedException {
        if (!VolumeReaders.liesOverSomething(source)) {
            copyOf(source, draft);
            requireAsEncrypted(source, draft);
            return;
        }
        if (LuksHeader.read(source.path()).isPresent()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s is encrypted and lies over another, which a copy without its key would do too",
                            source.id());
        }
        Path moment = PartialFiles.next(pool.directory().path()); // beside the source, for the sake of relative names
        try {
            copyOf(source, moment);
            qemuImg.convert(ConvertRequest.of(Image.qcow2(moment), Image.qcow2(draft)));
        } finally {
            HostFiles.local().remove(moment);
        }
    }

    /** Without a file system that copies at once nobody may write meanwhile, whoever noted what. */
    private void copyOf(VolumeFile source, Path draft) throws InterruptedException {
        if (manner == Manner.AT_ONCE) {
            copy.copy(source.path(), draft, manner);
            return;
        }
        VolumeGuard.whileRead(source, () -> {
            copy.copy(source.path(), draft, manner);
            return draft;
        });
    }

    private static void requireAsEncrypted(VolumeFile source, Path draft) {
        if (source.format() == ImageFormat.RAW) {
            return; // a guest may have written anything to it
        }
        Optional<LuksHeader> header = LuksHeader.read(source.path());
        if (!LuksHeader.read(draft).equals(header)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "a copy of volume %s is not encrypted as that is; its header changed meanwhile",
                            source.id());
        }
    }

    private Volume linked(CloneVolume request, VolumeFile source) throws InterruptedException {
        if (VolumeFiles.describe(source).attestation().isPresent()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s is encrypted, and what would be linked to it needs a key of its own and is nothing to a"
                                    + " machine without both; make a full clone",
                            source.id());
        }
        VolumeFile clone = pool.files().planned(request.name(), ImageFormat.QCOW2);
        pool.guard().requireUnused(source.id());
        VolumeMaking.Plan plan = new VolumeMaking.Plan(
                clone, Optional.of(origin(request)), () -> pool.guard().requireAtRest(source));
        pool.making().make(plan, draft -> {
            Image overlay = Image.qcow2(draft).over(Image.of(source.path(), source.format()));
            qemuImg.create(CreateRequest.of(overlay).naming(BackingName.RELATIVE));
        });
        return VolumeFiles.describe(clone);
    }
}
