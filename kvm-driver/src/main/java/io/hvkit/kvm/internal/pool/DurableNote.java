package io.hvkit.kvm.internal.pool;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes small files so that each is whole or not there, whatever becomes of the process and of the machine's power. */
final class DurableNote {

    private static final Logger LOG = LoggerFactory.getLogger(DurableNote.class);
    private static final String DRAFT = ".draft-";

    private DurableNote() {}

    /** Writes a note, in place of the one that is there. */
    static void write(Path note, String text) throws IOException {
        Path draft = note.resolveSibling(DRAFT + UUID.randomUUID());
        try (RandomAccessFile file = new RandomAccessFile(draft.toFile(), "rw")) { // no interruption closes this one
            file.write(text.getBytes(StandardCharsets.UTF_8));
            file.getFD().sync();
        }
        Files.move(draft, note, StandardCopyOption.ATOMIC_MOVE);
        settle(note.resolveSibling("."));
    }

    /** Returns whether it is one that is being written, or was when a process ended. */
    static boolean isDraft(Path note) {
        return String.valueOf(note.getFileName()).startsWith(DRAFT);
    }

    /** Sees to it that what was done in a folder outlives a loss of power. */
    static void settle(Path folder) {
        boolean interrupted = Thread.interrupted(); // or the folder is closed under our hands
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            LOG.warn("what was noted in {} may not outlive a loss of power: {}", folder, e.toString());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
