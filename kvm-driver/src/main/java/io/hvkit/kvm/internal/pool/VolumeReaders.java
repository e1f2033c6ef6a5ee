package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.inspect.Finding;
import io.hvkit.qemu.inspect.InspectedImage;
import io.hvkit.qemu.inspect.Reference;
import io.hvkit.qemu.inspect.UntrustedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which volumes of a pool lie over which, by what their headers name, since that is what QEMU opens. */
final class VolumeReaders {

    private final VolumeFiles files;

    VolumeReaders(VolumeFiles files) {
        this.files = files;
    }

    /**
     * Returns the volumes that lie over one.
     *
     * @throws DriverException with {@code CORRUPT_DATA} if one cannot be read, which may lie over it
     */
    List<VolumeFile> of(VolumeFile base) throws InterruptedException {
        List<VolumeFile> readers = new ArrayList<>();
        for (VolumeFile file : files.list()) {
            if (file.format() == ImageFormat.QCOW2 && !file.id().equals(base.id()) && lies(file, base)) {
                readers.add(file);
            }
        }
        return List.copyOf(readers);
    }

    private static boolean lies(VolumeFile over, VolumeFile base) throws InterruptedException {
        try {
            return backingNames(over).stream().anyMatch(name -> names(over, name, base));
        } catch (DriverException e) {
            if (e.failure() == Failure.NOT_FOUND) {
                return false; // removed meanwhile
            }
            throw e;
        }
    }

    /** Returns whether a volume is not whole by itself. */
    static boolean liesOverSomething(VolumeFile file) throws InterruptedException {
        return file.format() == ImageFormat.QCOW2 && !backingNames(file).isEmpty();
    }

    private static List<String> backingNames(VolumeFile file) throws InterruptedException {
        InspectedImage header =
                UntrustedImage.at(file.path()).pinnedTo(ImageFormat.QCOW2).inspect();
        if (header.has(Finding.Kind.NOT_AS_DECLARED) || header.has(Finding.Kind.UNFINISHED)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "what volume %s lies over cannot be told: %s; mend or delete it first",
                            file.id(), header.findings());
        }
        return header.references().stream()
                .filter(reference -> reference.kind() == Reference.Kind.BACKING_FILE)
                .map(Reference::name)
                .toList();
    }

    /** A name that is no path counts if it has the file's name in it: better one too many than one too few. */
    private static boolean names(VolumeFile over, String name, VolumeFile base) {
        try {
            Path named = over.path().resolveSibling(name);
            return Files.exists(named) ? Files.isSameFile(named, base.path()) : mentions(name, base);
        } catch (IOException | InvalidPathException e) {
            return mentions(name, base);
        }
    }

    private static boolean mentions(String name, VolumeFile base) {
        return name.contains(String.valueOf(base.path().getFileName()));
    }
}
