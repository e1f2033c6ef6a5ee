package io.hvkit.kvm.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.inspect.InspectedImage;
import io.hvkit.qemu.inspect.UntrustedImage;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which file of a directory is which volume: {@code web-01-root.qcow2} is the volume {@code web-01-root}, in qcow2. */
final class VolumeFiles {

    private static final Logger LOG = LoggerFactory.getLogger(VolumeFiles.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final List<ImageFormat> FORMATS = List.of(ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.LUKS);

    private final Path directory;

    VolumeFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * A volume's file.
     *
     * @param id the volume
     * @param format what its name says
     * @param path where it is
     */
    record VolumeFile(VolumeId id, ImageFormat format, Path path) {}

    /** Returns the file that a volume would have, {@code INVALID_REQUEST} if its name cannot be a file's. */
    VolumeFile planned(String name, ImageFormat format) {
        if (!NAME.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a volume's name has 1 to 100 of A-Z, a-z, 0-9, '.', '_' and '-', the first a letter or digit,"
                                    + " not '%s'",
                            name);
        }
        if (!FORMATS.contains(format)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("directory pools keep %s volumes, not %s", FORMATS, format);
        }
        return new VolumeFile(new VolumeId(name), format, directory.resolve(name + "." + format.qemuName()));
    }

    /** Returns the file of a volume, if it is there; what cannot be looked at fails. */
    Optional<VolumeFile> find(VolumeId id) {
        if (!NAME.matcher(id.value()).matches()) {
            return Optional.empty();
        }
        return FORMATS.stream()
                .map(format -> planned(id.value(), format))
                .filter(file -> isThere(file.path))
                .findFirst();
    }

    /** Returns the file of a volume. */
    VolumeFile require(VolumeId id) {
        return find(id).orElseThrow(() ->
                DriverException.because(Failure.NOT_FOUND).message("there is no volume %s in %s", id, directory));
    }

    private static boolean isThere(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).isRegularFile();
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("whether %s is there cannot be told: %s", path, e.toString());
        }
    }

    /** Returns the files of all volumes. */
    List<VolumeFile> list() {
        List<VolumeFile> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(directory)) {
            entries.forEach(entry -> volume(entry).flatMap(this::find).ifPresent(found::add));
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(e);
        }
        return found;
    }

    private DriverException unreadable(Exception e) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .causedBy(e)
                .message("the pool's directory %s cannot be read: %s", directory, e.toString());
    }

    /** Returns all files that are named like volumes, whatever they are: one may be damaged, or not be the volume of its name. */
    List<VolumeFile> named() {
        List<VolumeFile> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(directory)) {
            entries.forEach(entry -> FORMATS.forEach(format -> volume(entry)
                    .map(id -> planned(id.value(), format))
                    .filter(file -> file.path.equals(entry))
                    .ifPresent(found::add)));
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(e);
        }
        return found;
    }

    /** Returns what a volume is, by its header, which is read here: nothing is started and nothing that it names is opened. */
    static Volume describe(VolumeFile file) throws InterruptedException {
        Volume volume = Volume.of(file.id, file.id.value(), size(file), file.format);
        if (file.format == ImageFormat.RAW) {
            return volume; // a guest may have written anything to it, a LUKS header too
        }
        return LuksHeader.read(file.path)
                .map(header -> volume.attestedBy(header.toString()))
                .orElse(volume);
    }

    private static ByteSize size(VolumeFile file) throws InterruptedException {
        InspectedImage header =
                UntrustedImage.at(file.path).pinnedTo(file.format).inspect();
        if (header.virtualSize().equals(ByteSize.ZERO)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is no %s volume: %s", file.path, file.format.qemuName(), header.findings());
        }
        return header.virtualSize();
    }

    /** Returns how large a volume may become; a file that is none, or that nobody can read, takes what it takes. */
    static ByteSize provisioned(VolumeFile file) throws InterruptedException {
        if (!Files.isRegularFile(file.path)) {
            return ByteSize.ZERO;
        }
        try {
            return describe(file).size();
        } catch (DriverException e) {
            LOG.warn("the pool's directory holds what is no volume, or cannot be read; it is counted as it is", e);
            return length(file.path);
        }
    }

    private static ByteSize length(Path path) {
        try {
            return ByteSize.bytes(Files.size(path));
        } catch (IOException e) {
            LOG.warn("how large {} is cannot be told, so it is not counted", path, e);
            return ByteSize.ZERO;
        }
    }

    /** Returns whether an id is one that a volume can have; others lead to files of others. */
    boolean canHold(VolumeId id) {
        return canBeCalled(id.value());
    }

    /** Returns whether a volume can be called that; other names lead to files of others. */
    static boolean canBeCalled(String name) {
        return NAME.matcher(name).matches();
    }

    /** Returns how full the file system is. */
    PoolStatistics statistics(ByteSize provisioned) {
        try {
            FileStore store = Files.getFileStore(directory);
            long total = store.getTotalSpace();
            long free = Math.min(store.getUsableSpace(), total);
            return new PoolStatistics(ByteSize.bytes(total), ByteSize.bytes(total - free), provisioned);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("cannot see how full %s is: %s", directory, e.toString());
        }
    }

    private static Optional<VolumeId> volume(Path entry) {
        String name = String.valueOf(entry.getFileName());
        return FORMATS.stream()
                .map(format -> "." + format.qemuName())
                .filter(name::endsWith)
                .map(suffix -> name.substring(0, name.length() - suffix.length()))
                .filter(base -> NAME.matcher(base).matches())
                .map(VolumeId::new)
                .findFirst();
    }
}
