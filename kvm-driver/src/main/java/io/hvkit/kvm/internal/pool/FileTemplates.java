package io.hvkit.kvm.internal.pool;

import io.hvkit.core.ByteSize;
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
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.inspect.ImagePolicy;
import io.hvkit.qemu.inspect.UntrustedImage;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.CloneVolume.Depth;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeFromTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Templates that are files, and volumes that are overlays or copies of them. */
final class FileTemplates implements Templates {

    private final QemuImg qemuImg;
    private final FileCopy copy;
    private final BlankVolumes blank;
    private final PoolParts pool;

    FileTemplates(QemuImg qemuImg, FileCopy copy, BlankVolumes blank, PoolParts pool) {
        this.qemuImg = qemuImg;
        this.copy = copy;
        this.blank = blank;
        this.pool = pool;
    }

    @Override
    public Volume add(AddTemplate request) throws InterruptedException {
        if (request.format() != ImageFormat.RAW && request.format() != ImageFormat.QCOW2) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "template %s is to be kept as %s, and RAW and QCOW2 are kept; convert the image first",
                            request.name(), request.format());
        }
        VolumeFile file = pool.files().planned(request.name(), request.format());
        String origin = "template from " + request.image();
        return pool.directory().change(() -> {
            Optional<VolumeFile> present = pool.files().find(file.id());
            if (present.isPresent()) {
                return confirmed(request, origin, present.get());
            }
            requireImage(request.image());
            pool.making().make(new VolumeMaking.Plan(file, Optional.of(origin), () -> {}), draft -> {
                copy.copy(request.image(), draft, Manner.IN_TIME);
                inspect(request, draft); // the copy, which nobody else writes to
            });
            return VolumeFiles.describe(file);
        });
    }

    private Volume confirmed(AddTemplate request, String origin, VolumeFile present) throws InterruptedException {
        if (present.format() != request.format() || !pool.origins().of(present).equals(Optional.of(origin))) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("volume %s exists and is no %s; take another name", request.name(), origin);
        }
        return VolumeFiles.describe(present);
    }

    private static void requireImage(Path image) {
        if (!Files.exists(image)) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no image %s", image);
        }
        if (!Files.isRegularFile(image)) {
            throw DriverException.because(Failure.INVALID_REQUEST).message("image %s is no regular file", image);
        }
    }

    private static void inspect(AddTemplate request, Path draft) throws InterruptedException {
        ImagePolicy.forTemplates()
                .declaredAs(request.format())
                .require(UntrustedImage.at(draft).inspect());
    }

    @Override
    public Volume create(VolumeFromTemplate request) throws InterruptedException {
        VolumeFile file = blank.requirePossible(request.volume());
        if (request.depth() == Depth.LINKED && request.volume().format() != ImageFormat.QCOW2) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a %s volume lies over nothing; say as(ImageFormat.QCOW2) of volume %s, or make a full copy",
                            request.volume().format(), request.volume().name());
        }
        return pool.directory().change(() -> {
            Optional<VolumeFile> present = pool.files().find(file.id());
            if (present.isPresent()) {
                return blank.confirmed(request.volume(), Optional.of(origin(request)), present.get());
            }
            VolumeFile template = requireTemplate(request.template(), request.volume());
            VolumeMaking.Plan plan = new VolumeMaking.Plan(
                    file, Optional.of(origin(request)), () -> pool.guard().requireAtRest(template));
            return VolumeGuard.whileRead(template, () -> {
                pool.making().make(plan, draft -> fill(request, template, draft));
                return VolumeFiles.describe(file);
            });
        });
    }

    private static String origin(VolumeFromTemplate request) {
        String origin = "copy of template " + request.template();
        return request.depth() == Depth.LINKED ? VolumeGuard.linked(origin) : origin;
    }

    private VolumeFile requireTemplate(VolumeId id, CreateVolume wanted) throws InterruptedException {
        VolumeFile file = pool.files().require(id);
        Volume template = VolumeFiles.describe(file);
        if (template.attestation().isPresent()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("volume %s is encrypted, and templates are in clear; make a clone of it", id);
        }
        if (wanted.size().compareTo(template.size()) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "template %s is a disk of %s, and volume %s of %s would cut its end off",
                            id, template.size(), wanted.name(), wanted.size());
        }
        pool.guard().requireUnused(id);
        return file;
    }

    private void fill(VolumeFromTemplate request, VolumeFile template, Path draft) throws InterruptedException {
        CreateVolume volume = request.volume();
        Image base = Image.of(template.path(), template.format());
        Image target = Image.of(draft, volume.format());
        Image locked = volume.key().map(target::unlockedBy).orElse(target);
        if (request.depth() == Depth.LINKED) {
            qemuImg.create(CreateRequest.of(locked.over(base), volume.size()).naming(BackingName.RELATIVE));
        } else if (volume.key().isEmpty()
                && volume.format() == template.format()
                && !VolumeReaders.liesOverSomething(template)) {
            copy.copy(template.path(), draft, Manner.IN_TIME); // shared with the template where the file system can
            qemuImg.resize(target, volume.size());
        } else {
            qemuImg.convert(ConvertRequest.of(base, CreateRequest.of(locked, volume.size())));
        }
        prove(volume, draft);
    }

    private static void prove(CreateVolume volume, Path draft) throws InterruptedException {
        if (volume.key().isPresent()) {
            VolumeMaking.attest(draft, volume.format());
        }
        ByteSize size =
                UntrustedImage.at(draft).pinnedTo(volume.format()).inspect().virtualSize();
        if (!size.equals(volume.size())) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message("volume %s was to have %s, and was made with %s", volume.name(), volume.size(), size);
        }
    }
}
