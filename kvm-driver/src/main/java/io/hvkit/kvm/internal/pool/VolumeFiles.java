package io.hvkit.kvm.internal.pool;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.PoolStatistics;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which file of a directory is which volume: {@code web-01-root.qcow2} is the volume {@code web-01-root}, in qcow2. */
final class VolumeFiles {

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

    /** Returns the file of a volume, if it is there. */
    Optional<VolumeFile> find(VolumeId id) {
        if (!NAME.matcher(id.value()).matches()) {
            return Optional.empty();
        }
        return FORMATS.stream()
                .map(format -> planned(id.value(), format))
                .filter(file -> Files.isRegularFile(file.path))
                .findFirst();
    }

    /** Returns the files of all volumes. */
    List<VolumeFile> list() {
        List<VolumeFile> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(directory)) {
            entries.forEach(entry -> volume(entry).flatMap(this::find).ifPresent(found::add));
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the pool's directory %s cannot be read", directory);
        }
        return found;
    }

    /** Returns whether an id is one that a volume can have; others lead to files of others. */
    boolean canHold(VolumeId id) {
        return NAME.matcher(id.value()).matches();
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
