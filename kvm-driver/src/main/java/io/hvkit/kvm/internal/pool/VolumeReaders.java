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
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which volumes of a pool lie over which, by what their headers name, since that is what QEMU opens. A file whose header cannot be read
 * lies over a volume if the note of what it was made from says so, or, where there is none, if its first bytes still name it.
 */
final class VolumeReaders {

    private static final Logger LOG = LoggerFactory.getLogger(VolumeReaders.class);

    /** The name of what an image lies over stands in its first cluster, and no cluster is larger. */
    private static final int LARGEST_CLUSTER = 2 << 20;

    /** What is read and written at once. */
    private static final int SECTOR = 512;

    private static final Set<Finding.Kind> NOT_TOLD = Set.of(Finding.Kind.NOT_AS_DECLARED, Finding.Kind.UNFINISHED);

    /** What a damaged header may have lost its base's name by. */
    private static final Set<Finding.Kind> PERHAPS_NOT_TOLD = Set.of(
            Finding.Kind.NOT_AS_DECLARED,
            Finding.Kind.UNFINISHED,
            Finding.Kind.MALFORMED,
            Finding.Kind.TRUNCATED,
            Finding.Kind.UNKNOWN_FEATURE);

    private final VolumeFiles files;
    private final Origins origins;

    VolumeReaders(VolumeFiles files, Origins origins) {
        this.files = files;
        this.origins = origins;
    }

    /**
     * Returns the volumes that lie over one.
     *
     * @param which those that matter; others are not read
     * @throws DriverException with {@code CORRUPT_DATA} or {@code HOST_NOT_READY} if one cannot be read that may lie over it
     */
    List<VolumeFile> of(VolumeFile base, Predicate<VolumeFile> which) throws InterruptedException {
        List<VolumeFile> readers = new ArrayList<>();
        for (VolumeFile file : files.named()) {
            if (file.format() == ImageFormat.QCOW2
                    && !file.path().equals(base.path())
                    && which.test(file)
                    && lies(file, base)) {
                readers.add(file);
            }
        }
        return List.copyOf(readers);
    }

    private boolean lies(VolumeFile over, VolumeFile base) throws InterruptedException {
        try {
            return backingNames(over, PERHAPS_NOT_TOLD).stream().anyMatch(name -> names(over, name, base));
        } catch (DriverException e) {
            if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.INVALID_REQUEST) {
                return false; // removed meanwhile, or no file
            }
            if (mayLie(over, base, e)) {
                throw e;
            }
            LOG.warn("{} does not lie over volume {}, as far as can be told: {}", over.path(), base.id(), e.toString());
            return false;
        }
    }

    private boolean mayLie(VolumeFile over, VolumeFile base, DriverException failure) {
        Optional<String> origin = origins.of(over);
        if (origin.isPresent()) {
            return VolumeGuard.isLinkedTo(base.id(), origin.get());
        }
        try (InputStream bytes = Files.newInputStream(over.path())) {
            String start = new String(bytes.readNBytes(LARGEST_CLUSTER), StandardCharsets.ISO_8859_1);
            return (isZeroed(start) && Files.size(over.path()) > SECTOR) || mentions(start, base);
        } catch (IOException e) {
            failure.addSuppressed(e);
            // Nobody can say; a link that leads nowhere lies over nothing.
            return Files.isSymbolicLink(over.path()) ? Files.isRegularFile(over.path()) : !Files.notExists(over.path());
        }
    }

    /** A header that was lost as a whole has lost the name, too. */
    private static boolean isZeroed(String start) {
        return start.chars().limit(SECTOR).allMatch(each -> each == 0);
    }

    /** Returns whether a volume is not whole by itself. */
    static boolean liesOverSomething(VolumeFile file) throws InterruptedException {
        return file.format() == ImageFormat.QCOW2
                && !backingNames(file, NOT_TOLD).isEmpty();
    }

    private static List<String> backingNames(VolumeFile file, Set<Finding.Kind> doubts) throws InterruptedException {
        InspectedImage header =
                UntrustedImage.at(file.path()).pinnedTo(ImageFormat.QCOW2).inspect();
        List<String> names = header.references().stream()
                .filter(reference -> reference.kind() == Reference.Kind.BACKING_FILE)
                .map(Reference::name)
                .toList();
        if (names.isEmpty() && doubts.stream().anyMatch(header::has)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "what volume %s lies over cannot be told: %s; mend or delete it first",
                            file.id(), header.findings());
        }
        return names;
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
