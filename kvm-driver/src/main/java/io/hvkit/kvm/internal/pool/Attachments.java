package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Which hosts use which volumes, kept as empty files beside the volumes, so that every process that opens the pool sees it. */
final class Attachments {

    private final Path directory;

    Attachments(Path pool) {
        this.directory = pool.resolve(".attachments");
    }

    void add(VolumeId volume, HostId host) {
        try {
            Path mark = mark(volume, host);
            Files.createDirectories(directory.resolve(volume.value()));
            if (!Files.exists(mark)) {
                Files.createFile(mark);
            }
        } catch (IOException e) {
            throw failed("note that host " + host + " uses volume " + volume, e);
        }
    }

    void remove(VolumeId volume, HostId host) {
        try {
            Files.deleteIfExists(mark(volume, host));
            Files.deleteIfExists(directory.resolve(volume.value()));
        } catch (DirectoryNotEmptyException e) {
            return; // other hosts use it
        } catch (IOException e) {
            throw failed("note that host " + host + " no longer uses volume " + volume, e);
        }
    }

    /** Returns the hosts that use a volume, in their encoded spelling. */
    List<String> of(VolumeId volume) {
        try (Stream<Path> marks = Files.list(directory.resolve(volume.value()))) {
            return marks.map(mark -> String.valueOf(mark.getFileName()))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException e) {
            throw failed("see who uses volume " + volume, e);
        }
    }

    private Path mark(VolumeId volume, HostId host) {
        return directory.resolve(volume.value()).resolve(URLEncoder.encode(host.value(), StandardCharsets.UTF_8));
    }

    private DriverException failed(String what, IOException e) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .causedBy(e)
                .message("cannot %s in %s: %s", what, directory, e.toString());
    }
}
