package io.hvkit.kvm.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.storage.spi.VolumeUse.Sharing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Which hosts use which volumes, kept as small files beside the volumes, so that every process that opens the pool sees it. A file
 * is named after the use it notes, by a hash, since a host may have a longer name than a file, and holds its three words.
 */
final class Attachments {

    private final Path directory;

    Attachments(Path pool) {
        this.directory = pool.resolve(".attachments");
    }

    /**
     * Notes a use, {@code IN_USE} if it conflicts with another. It is noted first and looked at afterwards: of two who come at
     * once, each sees the other, and none is let in by mistake.
     */
    void add(VolumeId volume, VolumeUse use) {
        Optional<VolumeUse> before = of(volume).stream().filter(use::isSameAs).findAny();
        if (before.filter(use::equals).isPresent()) {
            return;
        }
        try {
            write(volume, use);
            Optional<VolumeUse> conflict =
                    of(volume).stream().filter(use::conflictsWith).findAny();
            if (conflict.isPresent()) {
                restore(volume, use, before);
                throw DriverException.because(Failure.IN_USE)
                        .message(
                                "host %s uses volume %s for %s, %s; detach it there first, or share it",
                                conflict.get().host(),
                                volume,
                                conflict.get().reason(),
                                conflict.get().sharing());
            }
        } catch (IOException e) {
            throw failed("note that host " + use.host() + " uses volume " + volume, e);
        }
    }

    private void restore(VolumeId volume, VolumeUse use, Optional<VolumeUse> before) throws IOException {
        if (before.isPresent()) {
            write(volume, before.get());
        } else {
            remove(volume, use.host(), use.reason());
        }
    }

    private void write(VolumeId volume, VolumeUse use) throws IOException {
        Path folder = Files.createDirectories(folder(volume));
        DurableNote.settle(directory);
        String words = use.sharing() + " " + use.reason() + " " + use.host();
        DurableNote.write(folder.resolve(mark(use.host(), use.reason())), words);
    }

    void remove(VolumeId volume, HostId host, Reason reason) {
        try {
            Files.deleteIfExists(folder(volume).resolve(mark(host, reason)));
            Files.deleteIfExists(folder(volume));
        } catch (DirectoryNotEmptyException e) {
            return; // others use it
        } catch (IOException e) {
            throw failed("note that host " + host + " no longer uses volume " + volume, e);
        }
    }

    Set<VolumeUse> of(VolumeId volume) {
        try (Stream<Path> marks = Files.list(folder(volume))) {
            Set<VolumeUse> uses = new LinkedHashSet<>();
            for (Path mark : marks.sorted().toList()) {
                if (!DurableNote.isDraft(mark)) {
                    read(mark).ifPresent(uses::add);
                }
            }
            return uses;
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Set.of();
        } catch (IOException e) {
            throw failed("see who uses volume " + volume, e);
        }
    }

    private static Optional<VolumeUse> read(Path mark) throws IOException {
        String text;
        try {
            text = Files.readString(mark);
        } catch (NoSuchFileException e) {
            return Optional.empty(); // it ended meanwhile
        }
        List<String> words = List.of(text.split(" ", 3));
        try {
            return Optional.of(new VolumeUse(
                    new HostId(words.get(2)), Reason.valueOf(words.get(1)), Sharing.valueOf(words.get(0))));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message(
                            "%s notes that something uses a volume, and cannot be read; look who does, then delete it",
                            mark);
        }
    }

    private Path folder(VolumeId volume) {
        return directory.resolve(volume.value());
    }

    private static String mark(HostId host, Reason reason) {
        String use = reason + " " + host;
        return UUID.nameUUIDFromBytes(use.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private DriverException failed(String what, IOException e) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .causedBy(e)
                .message("cannot %s in %s: %s", what, directory, e.toString());
    }
}
